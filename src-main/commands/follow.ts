import type { Progress, TableEvent } from '../../src-shared/contract/index.ts'
import type { VerbRun } from './verb-run.ts'

export interface FollowOptions<Row> {
  watch(options: { signal: AbortSignal }): Promise<AsyncIterable<TableEvent<Row>>>
  /** Whether a row is the one that is waited for. */
  isIt(row: Row): boolean
  progressOf(row: Row): Progress | null
  /** The end of the work: resolves with its row, or rejects with its error. */
  wait(options: { signal: AbortSignal }): Promise<Row>
  /** Ctrl-C: stops the work itself. Absent where it goes on without us. */
  cancel?(): Promise<unknown>
}

/** Waits for work that the engine does, showing how far it is. */
export async function follow<Row>(run: VerbRun, options: FollowOptions<Row>): Promise<Row> {
  const watching = new AbortController()
  const shown = showProgress(run, options, watching.signal)
  try {
    return await Promise.race([options.wait({ signal: run.signal }), whenAborted(run.signal)])
  } catch (error) {
    if (run.signal.aborted) await options.cancel?.().catch(() => undefined)
    throw error
  } finally {
    watching.abort()
    await shown
    run.progress.clear()
  }
}

/** Ends quietly: what became of the work is told by `wait`. */
async function showProgress<Row>(run: VerbRun, options: FollowOptions<Row>, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await options.watch({ signal })) {
      if (signal.aborted) return
      const row = event.type === 'remove' ? undefined : event.rows.find(options.isIt)
      const progress = row === undefined ? null : options.progressOf(row)
      if (progress !== null) run.progress.show(progress)
    }
  } catch {
    // The watch ended with the work, or with the connection.
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
