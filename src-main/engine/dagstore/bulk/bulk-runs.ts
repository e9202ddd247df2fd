import type { BulkPlan, BulkRunView, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { type Clock, EngineError, type Logger, NanoIds, Table } from '../../base/index.ts'
import { countWords, makePlan, type Plan, type PlanPorts, type Skipped } from './bulk-plan.ts'
import type { Bulk, PlanRequest, PlanStep, ShardsPage } from './bulk-ports.ts'
import { BulkRun, type RunPorts } from './bulk-run.ts'
import { isDone, NO_SUCH_SHARD, objectionTo } from './judge-shard.ts'
import { PastRun } from './past-run.ts'
import { type ResumedRun, resumedRun } from './resume-run.ts'
import { NO_JOURNAL, type RunJournal, StoredJournal } from './run-journal.ts'
import type { RunHead, RunRecords } from './run-records.ts'
import type { RunFailure } from './run-tally.ts'

export interface BulkRunsPorts extends PlanPorts {
  /** Every key, sorted. */
  keys(): string[]
  perform(verb: BulkVerb, key: string, options: Pick<Plan, 'lazy' | 'url'>): Promise<void>
  gate: RunPorts['gate']
  indexingAtOnce(): number
  clock: Clock
  records: RunRecords
  log: Logger
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
  readonly #runs = new Map<string, BulkRun | PastRun>()
  /** Runs that are kept: those that outlive the program. */
  readonly #recorded = new WeakSet<BulkRun>()
  readonly #writes = new Set<Promise<void>>()
  #resumed: BulkRun[] = []

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
    const keys = await this.#keysOf(request)
    const { verb, includeSealed, lazy, url = null } = request
    if (url !== null && (verb !== 'register' || keys.length !== 1))
      throw new EngineError('INVALID_ARGUMENT', 'An address is of one shard that is to be registered.')
    let looked = 0
    let plan: Plan | null = null
    const made = makePlan(this.#ports, keys, {
      ...{ verb, includeSealed, lazy, url, signal },
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
    if (input.reason !== null) return pageOf(skipped, [input.reason], input)
    const shards = keys.slice(input.from, input.from + input.limit).map((key) => ({ key, reason: '' }))
    return { shards, total: keys.length }
  }

  /** Takes over the runs that an earlier run of the program left. Nothing goes on before `goOn`. */
  async load(): Promise<void> {
    const { records, log } = this.#ports
    const heads = await records.heads((id) => log.warn('a run cannot be read', { id }))
    for (const head of heads) {
      if (head.last === null) await this.#takeOver(head)
      else this.#show(head.id, new PastRun(head.last, records))
    }
  }

  /** Lets what was under way go on. */
  goOn(): void {
    for (const run of this.#resumed.splice(0)) run.start()
  }

  async start(input: { planId: string; concurrency: number }): Promise<BulkRunView> {
    const plan = kept(this.#plans, input.planId, 'plan')
    this.#plans.delete(input.planId)
    const { records } = this.#ports
    const id = this.#ids.next()
    const run = this.#create(id, plan, input.concurrency, new StoredJournal(records, id, 0))
    await records.begin(run.head, plan.keys)
    this.#keep(run)
    run.start()
    return run.view
  }

  /** A run that does not go before its `start`, and ends with whoever began it: it does not outlive the program. */
  create(plan: Plan, concurrency: number): BulkRun {
    const run = this.#create(this.#ids.next(), plan, concurrency, NO_JOURNAL)
    this.#makeRoom()
    this.#show(run.id, run)
    return run
  }

  list(): BulkRunView[] {
    return [...this.#runs.values()].map((run) => run.view)
  }

  pause(runId: string): Promise<BulkRunView> {
    return this.#change(runId, (run) => run.pause())
  }

  resume(runId: string): Promise<BulkRunView> {
    return this.#change(runId, (run) => run.resume())
  }

  stop(runId: string): Promise<BulkRunView> {
    return this.#change(runId, (run) => run.stop())
  }

  setConcurrency({ runId, concurrency }: { runId: string; concurrency: number }): Promise<BulkRunView> {
    return this.#change(runId, (run) => {
      run.concurrency = concurrency
    })
  }

  async failures(input: {
    runId: string
    words: readonly string[] | null
    from: number
    limit: number
  }): Promise<ShardsPage> {
    return pageOf(await this.#run(input.runId).failures(), input.words, input)
  }

  async dismiss(runId: string): Promise<BulkRunView> {
    const run = this.#run(runId)
    if (run.isActive)
      throw new EngineError('INVALID_ARGUMENT', 'The run has not ended yet. Stop it first, then it can be dismissed.')
    const { view } = run
    this.#forget(runId)
    await this.#written()
    return view
  }

  async ended(runId: string): Promise<BulkRunView> {
    const run = this.#run(runId)
    if (run instanceof BulkRun) await run.ended
    return run.view
  }

  /** Begins nothing more in any run: those that are kept go on at the next start, others end. */
  suspend(): void {
    for (const run of this.#runs.values()) {
      if (!(run instanceof BulkRun)) continue
      if (this.#recorded.has(run)) run.suspend()
      else run.stop()
    }
  }

  /** Resolves when nothing of any run is under way, and all of it is written. */
  async close(): Promise<void> {
    this.suspend()
    for (const run of this.#runs.values()) if (run instanceof BulkRun) await run.ended
    await this.#written()
  }

  #run(runId: string): BulkRun | PastRun {
    return kept(this.#runs, runId, 'run')
  }

  /** Takes effect at once; resolves when a restart would find it so. */
  async #change(runId: string, change: (run: BulkRun) => void): Promise<BulkRunView> {
    const run = this.#run(runId)
    if (!(run instanceof BulkRun) || !run.isActive) return run.view
    change(run)
    if (run.isActive && this.#recorded.has(run)) await this.#ports.records.putHead(run.head)
    return run.view
  }

  async #takeOver(head: RunHead): Promise<void> {
    const { records, log } = this.#ports
    let resumed: ResumedRun
    try {
      resumed = await resumedRun(records, head)
    } catch (thrown) {
      log.warn('a run cannot go on', { id: head.id, error: EngineError.from(thrown).message })
      return
    }
    const { keys, soFar, nextRow } = resumed
    const journal = new StoredJournal(records, head.id, nextRow)
    const run = this.#create(head.id, { ...head, keys }, head.concurrency, journal, soFar)
    this.#keep(run)
    this.#resumed.push(run)
  }

  #create(
    id: string,
    plan: Pick<Plan, 'verb' | 'keys' | 'lazy' | 'url'>,
    concurrency: number,
    journal: RunJournal,
    soFar?: ResumedRun['soFar'],
  ): BulkRun {
    const { verb, lazy, url } = plan
    const { perform, gate, clock, indexingAtOnce } = this.#ports
    const ports = {
      objection: (key: string) => this.#objection(verb, key),
      perform: (key: string) => perform(verb, key, { lazy, url }),
      finish: (key: string) => this.#finish(plan, key),
      changed: () => {
        if (this.#runs.get(id) === run) this.table.set(run.view)
      },
      ...{ journal, gate, clock, indexingAtOnce },
    }
    const run: BulkRun = new BulkRun(id, plan, concurrency, ports, soFar)
    void run.ended.then(() => {
      if (this.#recorded.has(run)) this.#write(journal.flush().then(() => this.#recordEnd(run)))
    })
    return run
  }

  /** From then on the run is as its records have it: its keys and failures need no memory. */
  async #recordEnd(run: BulkRun): Promise<void> {
    if (run.isActive) return
    const { records } = this.#ports
    await records.end(run.head)
    if (this.#runs.get(run.id) === run) this.#runs.set(run.id, new PastRun(run.view, records))
  }

  #keep(run: BulkRun): void {
    this.#makeRoom()
    this.#recorded.add(run)
    this.#show(run.id, run)
  }

  #show(id: string, run: BulkRun | PastRun): void {
    this.#runs.set(id, run)
    this.table.set(run.view)
  }

  #forget(id: string): void {
    this.#runs.delete(id)
    this.table.delete(id)
    // An end that is still on its way is written first.
    this.#write(this.#written().then(() => this.#ports.records.remove(id)))
  }

  #write(work: Promise<void>): void {
    const written = work
      .catch((thrown: unknown) => {
        this.#ports.log.warn('a run could not be written', { error: EngineError.from(thrown).message })
      })
      .finally(() => this.#writes.delete(written))
    this.#writes.add(written)
  }

  async #written(): Promise<void> {
    await Promise.all([...this.#writes])
  }

  async #keysOf({ verb, selection }: PlanRequest): Promise<string[]> {
    switch (selection.kind) {
      case 'keys':
        return selection.keys
      case 'gathered':
        return kept(this.#selections, selection.selectionId, 'selection')
      case 'failed': {
        const failures: readonly RunFailure[] = await this.#run(selection.runId).failures()
        return failures.filter(({ words }) => selection.words?.includes(words) ?? true).map(({ key }) => key)
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

  /** What the start goes on with by itself is waited for; nothing comes between the judgement and the deed. */
  async #finish({ verb, lazy, url }: Pick<Plan, 'verb' | 'lazy' | 'url'>, key: string): Promise<string | null> {
    const { find, perform } = this.#ports
    for (let work = find(key)?.work; work != null; work = find(key)?.work) await work.ended
    if (isDone(verb, find(key))) return null
    const objection = this.#objection(verb, key)
    if (objection === null) await perform(verb, key, { lazy, url })
    return objection
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
      if (!run.isActive) this.#forget(id)
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
  words: readonly string[] | null,
  { from, limit }: { from: number; limit: number },
): ShardsPage {
  const matching = words === null ? all : all.filter((each) => words.includes(each.words))
  const shards = matching.slice(from, from + limit).map(({ key, reason }) => ({ key, reason }))
  return { shards, total: matching.length }
}

function timePassed(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref()
  })
}
