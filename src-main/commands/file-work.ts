import type { FileTools, LongWorkOptions } from '../engine/index.ts'
import type { VerbRun } from './verb-run.ts'

/** Runs work on files that needs no data directory and no engine. */
export async function withFileTools<Result>(
  run: VerbRun,
  work: (tools: FileTools, options: LongWorkOptions) => Promise<Result>,
): Promise<Result> {
  const { openFileTools, ProgressMeter, systemClock } = await import('../engine/index.ts')
  const tools = openFileTools(run.paths)
  const meter = new ProgressMeter(systemClock, (progress) => run.progress.show(progress))
  try {
    return await work(tools, { signal: run.signal, onProgress: meter.report })
  } finally {
    run.progress.clear()
    await tools.close()
  }
}
