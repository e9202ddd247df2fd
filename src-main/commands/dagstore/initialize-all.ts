import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import type { Output } from '../output.ts'
import type { Verbs } from '../verbs.ts'
import { waitingText } from './bulk-work.ts'
import { wholeNumber } from './run-bulk.ts'

interface Options {
  concurrency: number
  includeSealed?: boolean
  dryRun?: boolean
}

interface InitializeEvent {
  key: string
  event: 'start' | 'success' | 'error' | 'skipped'
  error: string | null
  current: number
  total: number
}

interface Summary {
  total: number
  succeeded: number
  failed: number
  skipped: Array<{ key: string; reason: string }>
}

export const initializeAll = (verbs: Verbs): Command =>
  verbs
    .verb('initialize-all', 'initialize every shard that is not yet, skipping those whose piece is sealed')
    .requiredOption('--concurrency <n>', 'shards at once; 0: no limit', wholeNumber)
    .option('--include-sealed', 'also shards whose piece must be unsealed first')
    .option('--dry-run', 'only tell what would be done')
    .action(
      verbs.run(async (run, { concurrency, includeSealed, dryRun }: Options) => {
        const { bulk, shards } = await run.client()
        const waits = dryRun === true ? null : waitingText(await bulk.state())
        if (waits !== null && run.output.json === 'off') run.progress.say(waits)
        const input = { concurrency, includeSealed: includeSealed === true, dryRun: dryRun === true }
        const summary: Summary = { total: 0, succeeded: 0, failed: 0, skipped: [] }
        for await (const event of await shards.initializeAll(input, { signal: run.signal })) {
          count(summary, event)
          await print(run.output, event)
        }
        if (run.signal.aborted) throw run.signal.reason
        await printSummary(run.output, summary)
        if (summary.failed > 0)
          throw new CommandError(
            'SHARD_ERRORED',
            `${summary.failed} of ${summary.total} shards failed. See "carport dagstore list-shards --failed".`,
          )
      }),
    )

function count(summary: Summary, { key, event, error, total }: InitializeEvent): void {
  summary.total = total
  if (event === 'success') summary.succeeded++
  if (event === 'error') summary.failed++
  if (event === 'skipped') summary.skipped.push({ key, reason: error ?? '' })
}

/** As Lotus prints it. */
async function print(output: Output, event: InitializeEvent): Promise<void> {
  if (output.json === 'lines') return output.write(`${JSON.stringify(event)}\n`)
  if (output.json === 'value' || output.quiet) return
  const words = {
    start: 'STARTING',
    success: 'SUCCESS',
    error: `ERROR ${event.error ?? ''}`,
    skipped: `SKIPPED ${event.error ?? ''}`,
  }
  const place = event.event === 'start' ? `(${event.current}/${event.total}) ${event.key} ` : `${event.key} `
  await output.lines((place + words[event.event]).trimEnd())
}

async function printSummary(output: Output, summary: Summary): Promise<void> {
  await output.result(summary, () => {
    const { total, succeeded, failed, skipped } = summary
    return total === 0
      ? 'no shards to initialize'
      : `${succeeded} of ${total} initialized, ${failed} failed, ${skipped.length} skipped`
  })
}
