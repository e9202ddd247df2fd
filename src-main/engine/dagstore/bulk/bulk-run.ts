import type { BulkRunView, BulkState, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { type Clock, EngineError, EventStream } from '../../base/index.ts'
import type { Plan } from './bulk-plan.ts'
import type { RunSoFar } from './resume-run.ts'
import type { RunJournal } from './run-journal.ts'
import type { RunHead } from './run-records.ts'
import { type RunFailure, RunTally } from './run-tally.ts'
import { WorkRate } from './work-rate.ts'

export interface RunPorts {
  /** Why it is passed over now, although the plan had it; null: it is not. */
  objection(key: string): string | null
  perform(key: string): Promise<void>
  /** As `perform`, of a shard that was under way when the program ended; resolves with why it is passed over, or null. */
  finish(key: string): Promise<string | null>
  journal: RunJournal
  /** The pause of all bulk work, and its quiet hours. */
  gate: { readonly state: BulkState; mayGoOn(): Promise<void> }
  clock: Clock
  indexingAtOnce(): number
  /** The view is another one. */
  changed(): void
}

export interface RunEvent {
  key: string
  event: 'start' | 'success' | 'error' | 'skipped'
  error: string | null
  /** The place of the shard in the plan, from 1. */
  current: number
  total: number
}

const TICK_MS = 1000

/**
 * Does one thing to many shards, a number at a time, and counts. Nobody has to watch: it goes on until all are done or
 * `stop`. The number at a time, pause and stop take effect at once; what is under way is never broken off.
 *
 * Invariant: every key of the plan is begun at most once, and after the end of the run
 * succeeded + failed + skipped + (never begun, after a stop) is all of them. What was under way when the program ended
 * is begun again only where it is found not to be done.
 */
export class BulkRun {
  readonly id: string
  readonly verb: BulkVerb
  readonly startedMs: number
  /** Events as they happen; for those who began the run and read along. */
  readonly events = new EventStream<RunEvent>()
  /** Resolves when the run has ended, or is suspended and nothing of it is under way. */
  readonly ended: Promise<void>
  readonly #plan: Pick<Plan, 'keys' | 'lazy' | 'url'>
  readonly #ports: RunPorts
  readonly #rate: WorkRate
  readonly #ticking = new AbortController()
  readonly #tally: RunTally
  /** Places in the plan of what is to be done; null: all of them. */
  readonly #left: Uint32Array | null
  readonly #begunBefore: ReadonlySet<number>
  /** Handled before the program started: no part of the rate. */
  readonly #handledBefore: number
  /** When it went on after a restart. */
  readonly #resumedMs: number | null
  #resolveEnded = () => {}
  #state: BulkRunView['state'] = 'running'
  #concurrency: number
  #next = 0
  #underWay = 0
  #waitsAtGate = false
  #suspended = false
  #endedMs: number | null = null

  constructor(
    id: string,
    plan: Pick<Plan, 'verb' | 'keys' | 'lazy' | 'url'>,
    concurrency: number,
    ports: RunPorts,
    soFar?: RunSoFar,
  ) {
    this.id = id
    this.verb = plan.verb
    this.#plan = plan
    this.#concurrency = concurrency
    this.#ports = ports
    const now = ports.clock.now()
    this.startedMs = soFar?.startedMs ?? now
    this.#state = soFar?.state ?? 'running'
    this.#tally = soFar?.tally ?? new RunTally()
    this.#handledBefore = this.#tally.handled
    this.#left = soFar?.left ?? null
    this.#begunBefore = soFar?.begun ?? new Set()
    this.#resumedMs = soFar === undefined ? null : now
    this.#rate = new WorkRate(now)
    if (this.#state === 'paused') this.#rate.pause(now)
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
  }

  /** Begins. Apart from the constructor, so that nothing is missed of the events. */
  start(): void {
    void this.#tick()
    this.#pump()
  }

  get isActive(): boolean {
    return this.#endedMs === null
  }

  set concurrency(value: number) {
    this.#concurrency = value
    this.#pump()
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#rate.pause(this.#ports.clock.now())
    this.#ports.changed()
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    if (!this.#waitsAtGate) this.#rate.resume(this.#ports.clock.now())
    this.#pump()
  }

  stop(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') return
    this.#state = 'stopping'
    this.#pump()
  }

  /** Begins no more in this run of the program: it goes on in the next one. */
  suspend(): void {
    this.#suspended = true
    this.#ticking.abort()
    this.#pump()
  }

  async failures(): Promise<readonly RunFailure[]> {
    return this.#tally.failures
  }

  get head(): RunHead {
    const { id, verb, startedMs } = this
    const last = this.isActive ? null : this.view
    const { lazy, url } = this.#plan
    return { id, verb, lazy, url, state: this.#state, concurrency: this.#concurrency, startedMs, last }
  }

  get view(): BulkRunView {
    const now = this.#endedMs ?? this.#ports.clock.now()
    const { handled } = this.#tally
    const perSecond = this.#rate.perSecond(now, handled - this.#handledBefore)
    const { gate, indexingAtOnce } = this.#ports
    const held = this.#waitsAtGate && this.#state === 'running'
    const isMoving = this.#state === 'running' && !this.#waitsAtGate
    const total = this.#plan.keys.length
    return {
      id: this.id,
      verb: this.verb,
      state: this.#state,
      held,
      heldUntil: held && gate.state.waitsFor === 'end-of-quiet-hours' ? gate.state.quietUntil : null,
      startedAt: new Date(this.startedMs).toISOString(),
      resumedAt: timeOf(this.#resumedMs),
      endedAt: timeOf(this.#endedMs),
      total,
      underWay: this.#underWay,
      ...this.#tally.view,
      concurrency: this.#concurrency,
      indexingAtOnce: indexingAtOnce(),
      perSecond,
      etaSeconds: isMoving && perSecond > 0 ? (total - handled) / perSecond : null,
    }
  }

  get #isAllBegun(): boolean {
    return this.#next >= (this.#left ?? this.#plan.keys).length
  }

  /** Begins as many as may begin now. Whatever changes what may be done calls it. */
  #pump(): void {
    while (this.#mayBegin()) {
      const at = this.#left === null ? this.#next : (this.#left[this.#next] ?? 0)
      this.#next++
      this.#begin(at, this.#plan.keys[at] ?? '')
    }
    if (this.#underWay === 0) {
      if (this.#suspended) this.#resolveEnded()
      else if (this.#state === 'stopping' || this.#isAllBegun) this.#end()
    }
    this.#ports.changed()
  }

  #mayBegin(): boolean {
    if (this.#state !== 'running' || this.#suspended || this.#isAllBegun) return false
    if (this.#concurrency !== 0 && this.#underWay >= this.#concurrency) return false
    if (this.#ports.gate.state.waitsFor === null) return true
    this.#waitAtGate()
    return false
  }

  #waitAtGate(): void {
    if (this.#waitsAtGate) return
    this.#waitsAtGate = true
    this.#rate.pause(this.#ports.clock.now())
    this.#ports.gate.mayGoOn().then(
      () => {
        this.#waitsAtGate = false
        if (this.#state === 'running') this.#rate.resume(this.#ports.clock.now())
        this.#pump()
      },
      () => this.suspend(), // the dagstore closes
    )
  }

  #begin(at: number, key: string): void {
    const about = { key, current: at + 1, total: this.#plan.keys.length }
    const wasBegun = this.#begunBefore.has(at)
    const objection = wasBegun ? null : this.#ports.objection(key)
    if (objection !== null) {
      this.#skip(at, about, objection)
      return
    }
    this.#underWay++
    this.events.publish({ ...about, event: 'start', error: null })
    const work = wasBegun ? this.#ports.finish(key) : this.#perform(at, key)
    void work
      .then(
        (reason) => (reason === null ? this.#succeed(at, about) : this.#skip(at, about, reason)),
        (thrown: unknown) => this.#fail(at, about, EngineError.from(thrown)),
      )
      .then(() => {
        this.#underWay--
        this.#recordRate()
        this.#pump()
      })
  }

  async #perform(at: number, key: string): Promise<string | null> {
    await this.#ports.journal.begun(at)
    // Another run, or a reader, may have begun with it while that was written.
    const objection = this.#ports.objection(key)
    if (objection === null) await this.#ports.perform(key)
    return objection
  }

  #succeed(at: number, about: About): void {
    this.#tally.succeed()
    this.#ports.journal.done(at)
    this.events.publish({ ...about, event: 'success', error: null })
  }

  #skip(at: number, about: About, reason: string): void {
    this.#tally.skip(reason)
    this.#ports.journal.skipped(at, reason)
    this.events.publish({ ...about, event: 'skipped', error: reason })
  }

  #fail(at: number, about: About, error: EngineError): void {
    if (this.#suspended && error.code === 'CLOSED') return // it is looked at again at the next start
    this.#tally.fail(about.key, error)
    this.#ports.journal.failed(at, about.key, error)
    this.events.publish({ ...about, event: 'error', error: error.message })
  }

  #end(): void {
    if (this.#endedMs !== null) return
    this.#state = this.#isAllBegun ? 'done' : 'stopped'
    this.#endedMs = this.#ports.clock.now()
    this.#ticking.abort()
    this.#resolveEnded()
  }

  #recordRate(): void {
    this.#rate.record(this.#ports.clock.now(), this.#tally.handled - this.#handledBefore)
  }

  /** Rate and time left change also while nothing ends; and what has ended is written down. */
  async #tick(): Promise<void> {
    const { clock, changed, journal } = this.#ports
    while (this.#endedMs === null) {
      try {
        await clock.sleep(TICK_MS, this.#ticking.signal)
      } catch {
        return
      }
      this.#recordRate()
      changed()
      await journal.flush()
    }
  }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

type About = Pick<RunEvent, 'key' | 'current' | 'total'>
