import type { BulkRunView, BulkState, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { generalWords } from '../../../../src-shared/errors/index.ts'
import { type Clock, EngineError, EventStream } from '../../base/index.ts'
import type { Plan, Skipped } from './bulk-plan.ts'
import { WorkRate } from './work-rate.ts'

export interface RunPorts {
  /** Why it is passed over now, although the plan had it; null: it is not. */
  objection(key: string): string | null
  perform(key: string): Promise<void>
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

export interface RunFailure extends Skipped {
  code: string
}

const TICK_MS = 1000
const CAUSES_SHOWN = 50

/**
 * Does one thing to many shards, a number at a time, and counts. Nobody has to watch: it goes on until all are done or
 * `stop`. The number at a time, pause and stop take effect at once; what is under way is never broken off.
 *
 * Invariant: every key of the plan is begun at most once, and after the end of the run
 * succeeded + failed + skipped + (never begun, after a stop) is all of them.
 */
export class BulkRun {
  readonly id: string
  readonly verb: BulkVerb
  readonly startedMs: number
  /** Events as they happen; for those who began the run and read along. */
  readonly events = new EventStream<RunEvent>()
  readonly failures: RunFailure[] = []
  readonly ended: Promise<void>
  readonly #keys: readonly string[]
  readonly #ports: RunPorts
  readonly #rate: WorkRate
  readonly #ticking = new AbortController()
  readonly #causes = new Map<string, BulkRunView['failures'][number]>()
  readonly #skips = new Map<string, number>()
  #resolveEnded = () => {}
  #state: BulkRunView['state'] = 'running'
  #concurrency: number
  #next = 0
  #underWay = 0
  #succeeded = 0
  #skipped = 0
  #waitsAtGate = false
  #endedMs: number | null = null

  constructor(id: string, plan: Plan, concurrency: number, ports: RunPorts) {
    this.id = id
    this.verb = plan.verb
    this.#keys = plan.keys
    this.#concurrency = concurrency
    this.#ports = ports
    this.startedMs = ports.clock.now()
    this.#rate = new WorkRate(this.startedMs)
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

  get view(): BulkRunView {
    const now = this.#endedMs ?? this.#ports.clock.now()
    const handled = this.#handled
    const perSecond = this.#rate.perSecond(now, handled)
    const { gate, indexingAtOnce } = this.#ports
    const held = this.#waitsAtGate && this.#state === 'running'
    const isMoving = this.#state === 'running' && !this.#waitsAtGate
    return {
      id: this.id,
      verb: this.verb,
      state: this.#state,
      held,
      heldUntil: held && gate.state.waitsFor === 'end-of-quiet-hours' ? gate.state.quietUntil : null,
      startedAt: new Date(this.startedMs).toISOString(),
      endedAt: this.#endedMs === null ? null : new Date(this.#endedMs).toISOString(),
      total: this.#keys.length,
      underWay: this.#underWay,
      succeeded: this.#succeeded,
      failed: this.failures.length,
      skipped: this.#skipped,
      concurrency: this.#concurrency,
      indexingAtOnce: indexingAtOnce(),
      perSecond,
      etaSeconds: isMoving && perSecond > 0 ? (this.#keys.length - handled) / perSecond : null,
      failures: [...this.#causes.values()].sort((a, b) => b.count - a.count).slice(0, CAUSES_SHOWN),
      skips: Array.from(this.#skips, ([reason, count]) => ({ reason, count })),
    }
  }

  get #handled(): number {
    return this.#succeeded + this.failures.length + this.#skipped
  }

  /** Begins as many as may begin now. Whatever changes what may be done calls it. */
  #pump(): void {
    while (this.#mayBegin()) {
      const key = this.#keys[this.#next++]
      if (key !== undefined) this.#begin(key, this.#next)
    }
    if (this.#underWay === 0 && (this.#state === 'stopping' || this.#next >= this.#keys.length)) this.#end()
    this.#ports.changed()
  }

  #mayBegin(): boolean {
    if (this.#state !== 'running' || this.#next >= this.#keys.length) return false
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
      () => this.stop(), // the dagstore closes
    )
  }

  #begin(key: string, current: number): void {
    const about = { key, current, total: this.#keys.length }
    const objection = this.#ports.objection(key)
    if (objection !== null) {
      this.#skipped++
      this.#skips.set(objection, (this.#skips.get(objection) ?? 0) + 1)
      this.events.publish({ ...about, event: 'skipped', error: objection })
      return
    }
    this.#underWay++
    this.events.publish({ ...about, event: 'start', error: null })
    this.#ports.perform(key).then(
      () => {
        this.#succeeded++
        this.#left({ ...about, event: 'success', error: null })
      },
      (thrown: unknown) => {
        const error = EngineError.from(thrown)
        this.#count(key, error)
        this.#left({ ...about, event: 'error', error: error.message })
      },
    )
  }

  #count(key: string, { message, code }: EngineError): void {
    const words = generalWords(message)
    this.failures.push({ key, reason: message, words, code })
    const cause = this.#causes.get(words)
    if (cause === undefined) this.#causes.set(words, { words, code, example: message, count: 1 })
    else this.#causes.set(words, { ...cause, count: cause.count + 1 })
  }

  #left(event: RunEvent): void {
    this.#underWay--
    this.#rate.record(this.#ports.clock.now(), this.#handled)
    this.events.publish(event)
    this.#pump()
  }

  #end(): void {
    if (this.#endedMs !== null) return
    this.#state = this.#next >= this.#keys.length ? 'done' : 'stopped'
    this.#endedMs = this.#ports.clock.now()
    this.#ticking.abort()
    this.#resolveEnded()
  }

  /** Rate and time left change also while nothing ends. */
  async #tick(): Promise<void> {
    const { clock, changed } = this.#ports
    while (this.#endedMs === null) {
      try {
        await clock.sleep(TICK_MS, this.#ticking.signal)
      } catch {
        return
      }
      this.#rate.record(clock.now(), this.#handled)
      changed()
    }
  }
}
