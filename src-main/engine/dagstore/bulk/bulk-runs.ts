import type { BulkPlan, BulkRunView, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { type Clock, EngineError, NanoIds, Table } from '../../base/index.ts'
import { countWords, makePlan, type Plan, type PlanPorts, type Skipped } from './bulk-plan.ts'
import type { Bulk, PlanRequest, PlanStep, ShardsPage } from './bulk-ports.ts'
import { BulkRun, type RunPorts } from './bulk-run.ts'
import { NO_SUCH_SHARD, objectionTo } from './judge-shard.ts'

export interface BulkRunsPorts extends PlanPorts {
  /** Every key, sorted. */
  keys(): string[]
  perform(verb: BulkVerb, key: string, options: { lazy: boolean }): Promise<void>
  gate: RunPorts['gate']
  indexingAtOnce(): number
  clock: Clock
}

/** Plans and selections that nobody came back for make room for new ones; so do runs that have ended. */
const KEPT_PLANS = 8
const KEPT_RUNS = 20
const PROGRESS_MS = 200

/** Plans of work on many shards, and the runs that came of them. */
export class BulkRuns implements Bulk {
  readonly table = new Table<BulkRunView>(({ id }) => id)
  readonly #ports: BulkRunsPorts
  readonly #ids: NanoIds
  readonly #plans = new Map<string, Plan>()
  readonly #selections = new Map<string, string[]>()
  readonly #runs = new Map<string, BulkRun>()

  constructor(ports: BulkRunsPorts) {
    this.#ports = ports
    this.#ids = new NanoIds(ports.clock)
  }

  gather({ selectionId, keys }: { selectionId: string | null; keys: readonly string[] }): {
    selectionId: string
    count: number
  } {
    const id = selectionId ?? this.#ids.next()
    const known = selectionId === null ? [] : kept(this.#selections, id, 'selection')
    const all = known.concat(keys)
    keep(this.#selections, id, all, KEPT_PLANS)
    return { selectionId: id, count: all.length }
  }

  async *plan(request: PlanRequest, signal?: AbortSignal): AsyncGenerator<PlanStep, void, void> {
    const keys = this.#keysOf(request)
    const { verb, includeSealed, lazy } = request
    let looked = 0
    let plan: Plan | null = null
    const made = makePlan(this.#ports, keys, {
      ...{ verb, includeSealed, lazy, signal },
      onProgress: (count) => {
        looked = count
      },
    }).then((done) => {
      plan = done
    })
    const ended = made.then(
      () => true,
      () => true,
    )
    while (!(await Promise.race([ended, timePassed(PROGRESS_MS)])))
      yield { type: 'progress', looked, total: keys.length }
    await made
    if (plan !== null) yield { type: 'plan', plan: this.#keepPlan(plan, keys.length) }
  }

  #keepPlan(plan: Plan, asked: number): BulkPlan {
    const planId = this.#ids.next()
    keep(this.#plans, planId, plan, KEPT_PLANS)
    const skipped = countWords(plan.skipped.map(({ words }) => words))
    return { planId, verb: plan.verb, asked, wanted: plan.keys.length, bytes: plan.bytes, skipped }
  }

  planned(input: { planId: string; reason: string | null; from: number; limit: number }): ShardsPage {
    const { keys, skipped } = kept(this.#plans, input.planId, 'plan')
    if (input.reason !== null) return pageOf(skipped, input.reason, input)
    const shards = keys.slice(input.from, input.from + input.limit).map((key) => ({ key, reason: '' }))
    return { shards, total: keys.length }
  }

  start(input: { planId: string; concurrency: number }): BulkRunView {
    const plan = kept(this.#plans, input.planId, 'plan')
    this.#plans.delete(input.planId)
    const run = this.create(plan, input.concurrency)
    run.start()
    return run.view
  }

  /** A run that does not go before its `start`. */
  create(plan: Plan, concurrency: number): BulkRun {
    const { verb, lazy } = plan
    const { perform, gate, clock, indexingAtOnce } = this.#ports
    const id = this.#ids.next()
    const run: BulkRun = new BulkRun(id, plan, concurrency, {
      objection: (key) => this.#objection(verb, key),
      perform: (key) => perform(verb, key, { lazy }),
      changed: () => this.#runs.has(id) && this.table.set(run.view),
      ...{ gate, clock, indexingAtOnce },
    })
    this.#makeRoom()
    this.#runs.set(id, run)
    return run
  }

  list(): BulkRunView[] {
    return [...this.#runs.values()].map((run) => run.view)
  }

  pause(runId: string): BulkRunView {
    return this.#change(runId, (run) => run.pause())
  }

  resume(runId: string): BulkRunView {
    return this.#change(runId, (run) => run.resume())
  }

  stop(runId: string): BulkRunView {
    return this.#change(runId, (run) => run.stop())
  }

  setConcurrency({ runId, concurrency }: { runId: string; concurrency: number }): BulkRunView {
    return this.#change(runId, (run) => {
      run.concurrency = concurrency
    })
  }

  failures(input: { runId: string; words: string | null; from: number; limit: number }): ShardsPage {
    return pageOf(this.#run(input.runId).failures, input.words, input)
  }

  dismiss(runId: string): BulkRunView {
    const run = this.#run(runId)
    if (run.isActive)
      throw new EngineError('INVALID_ARGUMENT', 'The run has not ended yet. Stop it first, then it can be dismissed.')
    this.#runs.delete(runId)
    this.table.delete(runId)
    return run.view
  }

  async ended(runId: string): Promise<BulkRunView> {
    const run = this.#run(runId)
    await run.ended
    return run.view
  }

  /** Begins nothing more in any run. */
  close(): void {
    for (const run of this.#runs.values()) run.stop()
  }

  #run(runId: string): BulkRun {
    return kept(this.#runs, runId, 'run')
  }

  #change(runId: string, change: (run: BulkRun) => void): BulkRunView {
    const run = this.#run(runId)
    change(run)
    return run.view
  }

  #keysOf({ verb, selection }: PlanRequest): string[] {
    switch (selection.kind) {
      case 'keys':
        return selection.keys
      case 'gathered':
        return kept(this.#selections, selection.selectionId, 'selection')
      case 'failed': {
        const { failures } = this.#run(selection.runId)
        return failures.filter(({ words }) => words === (selection.words ?? words)).map(({ key }) => key)
      }
      case 'all':
        return this.#keysFor(verb)
    }
  }

  #keysFor(verb: BulkVerb): string[] {
    if (verb === 'register')
      throw new EngineError('INVALID_ARGUMENT', 'To register shards, name the pieces: there is no "all" of them here.')
    const keys = this.#ports.keys()
    const state = verb === 'initialize' ? 'New' : verb === 'recover' ? 'Errored' : null
    return state === null ? keys : keys.filter((key) => this.#ports.find(key)?.facts.state === state)
  }

  #objection(verb: BulkVerb, key: string): string | null {
    const shard = this.#ports.find(key)
    if (verb === 'register') return shard === undefined ? null : 'It is registered already.'
    if (shard === undefined) return verb === 'destroy' && this.#ports.isDamaged(key) ? null : NO_SUCH_SHARD
    return objectionTo(verb, shard.facts)
  }

  #makeRoom(): void {
    for (const [id, run] of this.#runs) {
      if (this.#runs.size < KEPT_RUNS) return
      if (run.isActive) continue
      this.#runs.delete(id)
      this.table.delete(id)
    }
  }
}

function keep<Value>(map: Map<string, Value>, id: string, value: Value, atMost: number): void {
  map.delete(id)
  map.set(id, value)
  for (const oldest of map.keys()) {
    if (map.size <= atMost) return
    map.delete(oldest)
  }
}

function kept<Value>(map: ReadonlyMap<string, Value>, id: string, what: string): Value {
  const value = map.get(id)
  if (value !== undefined) return value
  throw new EngineError('INVALID_ARGUMENT', `The ${what} is not kept any more. Begin again.`, { details: { id } })
}

function pageOf(
  all: readonly Skipped[],
  words: string | null,
  { from, limit }: { from: number; limit: number },
): ShardsPage {
  const matching = words === null ? all : all.filter((each) => each.words === words)
  const shards = matching.slice(from, from + limit).map(({ key, reason }) => ({ key, reason }))
  return { shards, total: matching.length }
}

function timePassed(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref()
  })
}
