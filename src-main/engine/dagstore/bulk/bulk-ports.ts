import type { BulkPlan, BulkRunView, BulkSelection, BulkVerb } from '../../../../src-shared/contract/index.ts'
import type { Table } from '../../base/index.ts'

export interface PlanRequest {
  verb: BulkVerb
  selection: BulkSelection
  /** Also those whose data cannot be read now. Default: no. */
  includeSealed?: boolean
  /** For register: index when it is first acquired. Default: yes. */
  lazy?: boolean
  /** To register one shard: where its bytes are. Default: the piece that the key names. */
  url?: string | null
}

export type PlanStep = { type: 'progress'; looked: number; total: number } | { type: 'plan'; plan: BulkPlan }

export interface ShardsPage {
  shards: Array<{ key: string; reason: string }>
  total: number
}

interface Page {
  from: number
  limit: number
}

/** Plans of work on many shards, and the runs that come of them: the contract's topic `bulk`. */
export interface Bulk {
  readonly table: Table<BulkRunView>
  /** Adds keys to a selection; without an id to a new one. */
  gather(input: { selectionId: string | null; keys: readonly string[] }): { selectionId: string; count: number }
  /** Looks at every shard of the selection; touches nothing. The last step is the plan. */
  plan(request: PlanRequest, signal?: AbortSignal): AsyncGenerator<PlanStep, void, void>
  /** What a plan would do, or what it passes over for a reason. */
  planned(input: Page & { planId: string; reason: string | null }): ShardsPage
  /** Begins what was planned; it goes on after a restart. A plan can be started once. */
  start(input: { planId: string; concurrency: number }): Promise<BulkRunView>
  list(): BulkRunView[]
  pause(runId: string): Promise<BulkRunView>
  resume(runId: string): Promise<BulkRunView>
  /** Begins no more; what is under way goes on to its end. */
  stop(runId: string): Promise<BulkRunView>
  setConcurrency(input: { runId: string; concurrency: number }): Promise<BulkRunView>
  failures(input: Page & { runId: string; words: readonly string[] | null }): Promise<ShardsPage>
  /** Forgets a run that has ended. */
  dismiss(runId: string): Promise<BulkRunView>
  /** Resolves with its last view when it has ended, well or not, or the dagstore is closed. */
  ended(runId: string): Promise<BulkRunView>
}
