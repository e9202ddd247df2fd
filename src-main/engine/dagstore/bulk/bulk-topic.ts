import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import type { BulkRun } from './bulk-run.ts'
import type { BulkRuns, PlanRequest, PlanStep, ShardsPage } from './bulk-runs.ts'

interface Page {
  from: number
  limit: number
}

/** Work on many shards as the contract's topic `bulk` puts its questions: one method for each procedure. */
export class BulkTopic {
  readonly #runs: BulkRuns

  constructor(runs: BulkRuns) {
    this.#runs = runs
  }

  get table(): BulkRuns['table'] {
    return this.#runs.table
  }

  gather({ selectionId, keys }: { selectionId: string | null; keys: string[] }) {
    return this.#runs.gather(selectionId, keys)
  }

  plan(request: PlanRequest, signal?: AbortSignal): AsyncGenerator<PlanStep, void, void> {
    return this.#runs.plan(request, signal)
  }

  planned(input: Page & { planId: string; reason: string | null }): ShardsPage {
    return this.#runs.planned(input)
  }

  start(input: { planId: string; concurrency: number }): BulkRunView {
    return this.#runs.start(input)
  }

  list(): BulkRunView[] {
    return this.#runs.list()
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

  failures(input: Page & { runId: string; words: string | null }): ShardsPage {
    return this.#runs.failures(input)
  }

  dismiss(runId: string): BulkRunView {
    return this.#runs.dismiss(runId)
  }

  #change(runId: string, change: (run: BulkRun) => void): BulkRunView {
    const run = this.#runs.get(runId)
    change(run)
    return run.view
  }
}
