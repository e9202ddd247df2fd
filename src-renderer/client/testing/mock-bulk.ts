import type {
  BulkPlan,
  BulkRunView,
  BulkSelection,
  BulkState,
  BulkVerb,
  ShardView,
} from '../../../src-shared/contract/index.ts'
import { generalWords } from '../../../src-shared/errors/index.ts'
import type { Answers, MockTables } from './mock-engine.ts'
import { MockTable } from './mock-table.ts'

interface MadePlan {
  plan: BulkPlan
  keys: string[]
  skipped: { key: string; reason: string }[]
}
interface MadeRun {
  keys: string[]
  failures: { key: string; reason: string }[]
}
interface Page {
  from: number
  limit: number
}

const TICK_MS = 300

/** The topic `bulk` over fixtures. */
export function mockBulk({ shards }: MockTables, { answer, watch }: Answers) {
  const bulk = new MockBulk(shards)
  return {
    state: () => answer(() => bulk.state),
    watchState: async (_input: unknown, options?: { signal?: AbortSignal }) => bulk.watchState(options?.signal),
    pauseAll: () => answer(() => bulk.holdAll('resume')),
    resumeAll: () => answer(() => bulk.holdAll(null)),
    gather: ({ keys }: { keys: string[] }) => answer(() => ({ selectionId: 'many', count: keys.length })),
    plan: (input: Parameters<MockBulk['plan']>[0]) => answer(() => bulk.plan(input)),
    planned: (input: Parameters<MockBulk['planned']>[0]) => answer(() => bulk.planned(input)),
    start: (input: Parameters<MockBulk['start']>[0]) => answer(() => bulk.start(input)),
    list: () => answer(() => bulk.table.rows()),
    watch: watch(bulk.table),
    pause: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'paused', etaSeconds: null })),
    resume: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'running' })),
    stop: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'stopping' })),
    setConcurrency: ({ runId, concurrency }: { runId: string; concurrency: number }) =>
      answer(() => bulk.change(runId, { concurrency })),
    failures: (input: Parameters<MockBulk['failures']>[0]) => answer(() => bulk.failures(input)),
    dismiss: ({ runId }: { runId: string }) => answer(() => bulk.dismiss(runId)),
  }
}

/** Plans skip some, runs take their time and some fail. */
class MockBulk {
  readonly table = new MockTable<BulkRunView>(({ id }) => id, [])
  readonly #shards: MockTable<ShardView>
  readonly #plans = new Map<string, MadePlan>()
  readonly #runs = new Map<string, MadeRun>()
  #ids = 0
  readonly #state = new MockTable<BulkState & { id: string }>(
    ({ id }) => id,
    [{ id: 'state', waitsFor: null, quietUntil: null }],
  )

  constructor(shards: MockTable<ShardView>) {
    this.#shards = shards
  }

  get state(): BulkState {
    return this.#state.get('state') ?? { waitsFor: null, quietUntil: null }
  }

  async *watchState(signal: AbortSignal | undefined): AsyncGenerator<BulkState, void, void> {
    for await (const _ of this.#state.watch(signal)) yield this.state
  }

  holdAll(waitsFor: BulkState['waitsFor']): BulkState {
    this.#state.set({ id: 'state', waitsFor, quietUntil: null })
    for (const run of this.table.rows())
      if (run.state === 'running') this.table.set({ ...run, held: waitsFor !== null, etaSeconds: null })
    return this.state
  }

  async *plan({ verb, selection }: { verb: BulkVerb; selection: BulkSelection }) {
    const asked = this.#keysOf(verb, selection)
    const skipped = asked.flatMap((key, at) => {
      const reason = at % 9 === 4 ? 'Only a sealed copy exists.' : at % 31 === 7 ? 'No source has its data.' : null
      return reason === null || verb === 'destroy' || verb === 'register' ? [] : [{ key, reason }]
    })
    const out = new Set(skipped.map(({ key }) => key))
    const keys = asked.filter((key) => !out.has(key))
    const counts = new Map<string, number>()
    for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    const plan: BulkPlan = {
      planId: String(++this.#ids),
      verb,
      asked: asked.length,
      wanted: keys.length,
      bytes: { pieces: keys.length * 1.7e10, indexes: keys.length * 7e5, transients: keys.length * 2e9 },
      skipped: [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    }
    this.#plans.set(plan.planId, { plan, keys, skipped })
    yield { type: 'plan' as const, plan }
  }

  planned({ planId, reason, from, limit }: Page & { planId: string; reason: string | null }) {
    const { keys = [], skipped = [] } = this.#plans.get(planId) ?? {}
    const all = reason === null ? keys.map((key) => ({ key, reason: '' })) : skipped.filter((s) => s.reason === reason)
    return { shards: all.slice(from, from + limit), total: all.length }
  }

  start({ planId, concurrency }: { planId: string; concurrency: number }): BulkRunView {
    const { keys = [], plan } = this.#plans.get(planId) ?? {}
    const run: BulkRunView = {
      ...{ id: String(++this.#ids), verb: plan?.verb ?? 'recover', state: 'running', held: false, heldUntil: null },
      ...{
        startedAt: new Date().toISOString(),
        resumedAt: null,
        endedAt: null,
        total: keys.length,
        underWay: concurrency,
      },
      ...{ succeeded: 0, failed: 0, skipped: 0, concurrency, indexingAtOnce: 5, perSecond: 0, etaSeconds: null },
      ...{ failures: [], skips: [] },
    }
    this.#runs.set(run.id, { keys, failures: [] })
    this.table.set(run)
    this.#tick(run.id)
    return run
  }

  change(id: string, change: Partial<BulkRunView>): BulkRunView {
    const run = this.table.get(id)
    if (run === undefined) throw new Error('There is no such run.')
    return this.table.set({ ...run, ...change })
  }

  failures({ runId, words, from, limit }: Page & { runId: string; words: readonly string[] | null }) {
    const all = (this.#runs.get(runId)?.failures ?? []).filter(
      ({ reason }) => words === null || words.includes(generalWords(reason)),
    )
    return { shards: all.slice(from, from + limit), total: all.length }
  }

  dismiss(id: string): BulkRunView {
    const run = this.change(id, {})
    this.table.delete(id)
    return run
  }

  #keysOf(verb: BulkVerb, selection: BulkSelection): string[] {
    if (selection.kind === 'keys') return selection.keys
    if (selection.kind === 'failed') return this.#runs.get(selection.runId)?.failures.map(({ key }) => key) ?? []
    const state = verb === 'initialize' ? 'New' : 'Errored'
    return this.#shards.rows().flatMap((shard) => (shard.state === state ? [shard.key] : []))
  }

  #tick(id: string): void {
    const run = this.table.get(id)
    const made = this.#runs.get(id)
    if (run === undefined || made === undefined) return
    if (run.state === 'stopping' || run.state === 'stopped') {
      this.change(id, { state: 'stopped', endedAt: new Date().toISOString(), underWay: 0 })
      return
    }
    if (run.state === 'running' && !run.held) this.#step(run, made)
    if (this.table.get(id)?.endedAt === null) setTimeout(() => this.#tick(id), TICK_MS)
  }

  #step(run: BulkRunView, made: MadeRun): void {
    const at = run.succeeded + run.failed
    const key = made.keys[at] ?? ''
    const reason =
      at % 7 === 3
        ? `No source has piece ${key}.`
        : at % 23 === 9
          ? `http://10.0.7.21:12310/piece/${key} answers 503: it cannot serve now.`
          : null
    if (reason !== null) made.failures.push({ key, reason })
    else this.#mend(key)
    const succeeded = run.succeeded + (reason === null ? 1 : 0)
    const ended = at + 1 >= run.total
    this.change(run.id, {
      succeeded,
      failed: made.failures.length,
      failures: groupsOf(made.failures),
      perSecond: 1000 / TICK_MS,
      etaSeconds: ended ? null : ((run.total - at) * TICK_MS) / 1000,
      underWay: ended ? 0 : run.concurrency,
      ...(ended ? { state: 'done' as const, endedAt: new Date().toISOString() } : {}),
    })
  }

  #mend(key: string): void {
    const shard = this.#shards.get(key)
    if (shard !== undefined) this.#shards.set({ ...shard, state: 'Available', error: null })
  }
}

function groupsOf(failures: MadeRun['failures']): BulkRunView['failures'] {
  const groups = new Map<string, BulkRunView['failures'][number]>()
  for (const { reason } of failures) {
    const words = generalWords(reason)
    const count = (groups.get(words)?.count ?? 0) + 1
    groups.set(words, {
      words,
      code: reason.startsWith('http') ? 'MOUNT_UNAVAILABLE' : 'PIECE_NOT_FOUND',
      example: reason,
      count,
    })
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}
