import type { ImportView } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  type LongWorkOptions,
  ProgressMeter,
  type TaskRunner,
  Throttle,
} from '../base/index.ts'
import type { ImportLedger } from './import-ledger.ts'

interface Job {
  controller: AbortController
  ended: Promise<ImportView>
}

/** How work on an import is done: with progress in its row, and stoppable. */
export type ImportWork = (options: Required<LongWorkOptions> & { tasks: TaskRunner }) => Promise<void>

/** Work under way, one job for an import at most. */
export class ImportJobs {
  readonly #ledger: ImportLedger
  readonly #tasks: TaskRunner
  readonly #clock: Clock
  readonly #throttle: Throttle
  readonly #jobs = new Map<string, Job>()
  #closed = false

  constructor(ledger: ImportLedger, options: { tasks: TaskRunner; clock: Clock; maxConcurrent: number }) {
    this.#ledger = ledger
    this.#tasks = options.tasks
    this.#clock = options.clock
    this.#throttle = new Throttle(options.maxConcurrent)
  }

  set maxConcurrent(limit: number) {
    this.#throttle.limit = limit
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves with the row when the job of an import ends; undefined when it has none. */
  ended(id: string): Promise<ImportView> | undefined {
    return this.#jobs.get(id)?.ended
  }

  /** Queues work. IMPORT_BUSY when something works on the import already, CLOSED when the engine stops. */
  start(id: string, work: ImportWork, onFailure?: (error: EngineError) => Promise<void>): Promise<ImportView> {
    if (this.#closed) throw new EngineError('CLOSED', 'Carport is quitting.')
    if (this.#jobs.has(id))
      throw new EngineError('IMPORT_BUSY', 'Something works on this import already.', { details: { id } })
    const controller = new AbortController()
    const { signal } = controller
    const meter = new ProgressMeter(this.#clock, (progress) => {
      const view = this.#ledger.table.get(id)
      if (view !== undefined) this.#ledger.table.set({ ...view, progress })
    })
    const ended = this.#throttle
      .run(() => work({ tasks: this.#tasks, signal, onProgress: meter.report }), signal)
      .catch(async (thrown: unknown) => {
        const error = EngineError.from(thrown)
        await onFailure?.(error)
        throw error
      })
      .then(() => this.#ledger.view(id))
      .finally(() => this.#jobs.delete(id))
    ended.catch(() => {}) // whoever waits gets the failure; the row has it too
    this.#jobs.set(id, { controller, ended })
    return ended
  }

  /** Stops the job of an import and waits until it has stopped. */
  async cancel(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    job?.controller.abort(new EngineError('CANCELLED', 'The work on this import was cancelled.'))
    await job?.ended.catch(() => {})
  }

  async close(): Promise<void> {
    this.#closed = true
    const jobs = [...this.#jobs.values()]
    for (const { controller } of jobs) controller.abort(new EngineError('CLOSED', 'Carport is quitting.'))
    await Promise.allSettled(jobs.map(({ ended }) => ended))
  }
}
