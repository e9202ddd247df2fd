import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { wholeNumber } from '../number-option.ts'
import type { Output } from '../output.ts'
import type { Verbs } from '../verbs.ts'
import { sayWhatWaits } from './bulk-work.ts'

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
        const { shards } = await run.client()
        if (dryRun !== true) await sayWhatWaits(run)
        const input = { concurrency, includeSealed: includeSealed === true, dryRun: dryRun === true }
        const summary: Summary = { total: 0, succeeded: 0, failed: 0, skipped: [] }
        try {
          for await (const event of await shards.initializeAll(input, { signal: run.signal })) {
            count(summary, event)
            await print(run.output, event, input.dryRun)
          }
        } catch (error) {
          if (!run.signal.aborted) throw error
        }
        await printSummary(run.output, summary, input.dryRun) // of what was done before Ctrl-C, too
        if (run.signal.aborted) throw run.signal.reason
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
async function print(output: Output, event: InitializeEvent, isDryRun: boolean): Promise<void> {
  if (output.json === 'lines') return output.write(`${JSON.stringify(event)}\n`)
  if (output.json === 'value' || output.quiet) return
  const { key, error, current, total } = event
  const { style } = output
  const words = {
    start: isDryRun ? 'WOULD START' : 'STARTING',
    success: style.good('SUCCESS'),
    error: `${style.bad('ERROR')} ${error ?? ''}`,
    skipped: `${style.faint('SKIPPED')} ${error ?? ''}`,
  }
  const place = event.event === 'skipped' ? '' : `${style.faint(`(${current}/${total})`)} `
  await output.lines(`${place}${key} ${words[event.event]}`.trimEnd())
}

async function printSummary(output: Output, summary: Summary, isDryRun: boolean): Promise<void> {
  await output.result(summary, () => {
    const { total, succeeded, failed, skipped } = summary
    const done =
      total === 0
        ? 'no shards to initialize'
        : isDryRun
          ? `${total} would be initialized, ${skipped.length} skipped`
          : `${succeeded} of ${total} initialized, ${failed} failed, ${skipped.length} skipped`
    return [done, ...reasonsOf(skipped)]
  })
}

/** How many were skipped for each reason, the most frequent first. */
function reasonsOf(skipped: Summary['skipped']): string[] {
  const counts = new Map<string, number>()
  for (const { key, reason } of skipped) {
    const general = reason.replaceAll(key, 'KEY')
    counts.set(general, (counts.get(general) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `  ${count} skipped: ${reason}`)
}
