import type { Progress } from '../../src-shared/contract/index.ts'
import type { VerbRun } from './verb-run.ts'

/** Reads a stream of work to its end, shows how far it is, and gives its result. Ctrl-C ends it. */
export async function lastResult<Result>(
  run: VerbRun,
  events: AsyncIterable<{ type: 'progress'; progress: Progress } | { type: 'done'; result: Result }>,
): Promise<Result> {
  try {
    for await (const event of events) {
      if (event.type === 'done') return event.result
      run.progress.show(event.progress)
    }
  } finally {
    run.progress.clear()
  }
  throw run.signal.reason
}
