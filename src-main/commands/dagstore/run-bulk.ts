import type { Command } from 'commander'
import type { BulkPlan, BulkRunView, BulkSelection, BulkVerb } from '../../../src-shared/contract/index.ts'
import { formatDuration } from '../../../src-shared/format/index.ts'
import type { Client } from '../connection.ts'
import { CommandError } from '../failure.ts'
import { wholeNumber } from '../number-option.ts'
import type { VerbRun } from '../verb-run.ts'
import { sayWhatWaits } from './bulk-work.ts'

export interface BulkOptions {
  dryRun?: boolean
  concurrency?: number
  includeSealed?: boolean
}

export interface BulkRequest {
  verb: BulkVerb
  selection: BulkSelection
  lazy?: boolean
  url?: string | null
}

const USUAL_CONCURRENCY = 4
const PAGE = 1000
const ED: Record<BulkVerb, string> = {
  register: 'registered',
  initialize: 'initialized',
  recover: 'recovered',
  reindex: 're-indexed',
  acquire: 'acquired',
  destroy: 'destroyed',
}

/** The options of every verb that can be done to several shards. */
export function addBulkOptions(command: Command): Command {
  return command
    .option('--dry-run', 'only tell what would be done, what would be skipped, and why')
    .option('--concurrency <n>', 'shards at once; 0: no limit (default: 4)', wholeNumber)
}

/** Plans, then runs, as the window does it. Prints who is skipped and who fails, and a summary at the end. */
export async function runBulk(run: VerbRun, request: BulkRequest, options: BulkOptions): Promise<void> {
  const client = await run.client()
  const plan = await planOf(client, request, options, run.signal)
  const skipped: Shard[] = []
  for (const { reason } of plan.skipped)
    skipped.push(...(await pages((page) => client.bulk.planned({ planId: plan.planId, reason, ...page }))))
  if (options.dryRun === true) return printPlan(run, client, plan, skipped)
  await sayWhatWaits(run)
  const { id } = await client.bulk.start({
    planId: plan.planId,
    concurrency: options.concurrency ?? USUAL_CONCURRENCY,
  })
  const ended = await follow(run, client, id)
  const failures = await pages((page) => client.bulk.failures({ runId: id, words: null, ...page }))
  await client.bulk.dismiss({ runId: id })
  const { total, succeeded, failed } = ended
  await run.output.result(
    { total, succeeded, failed, skipped, failures: failures.map(({ key, reason }) => ({ key, error: reason })) },
    () => [
      ...skipped.map(skippedLine),
      ...failures.map(({ key, reason }) => `${key} ERROR ${reason}`),
      `${succeeded} of ${total} ${ED[request.verb]}, ${failed} failed, ${skipped.length + ended.skipped} skipped`,
    ],
  )
  if (run.signal.aborted) throw run.signal.reason
  if (failed > 0) throw new CommandError('SHARD_ERRORED', `${failed} of ${total} shards failed.`)
}

interface Shard {
  key: string
  reason: string
}

async function planOf(
  { bulk }: Client,
  request: BulkRequest,
  { includeSealed = false }: BulkOptions,
  signal: AbortSignal,
): Promise<BulkPlan> {
  for await (const step of await bulk.plan({ lazy: true, url: null, ...request, includeSealed }, { signal }))
    if (step.type === 'plan') return step.plan
  throw new CommandError('CANCELLED', 'The plan was not made.')
}

async function printPlan(run: VerbRun, { bulk }: Client, plan: BulkPlan, skipped: Shard[]): Promise<void> {
  const wanted = await pages((page) => bulk.planned({ planId: plan.planId, reason: null, ...page }))
  const keys = wanted.map(({ key }) => key)
  await run.output.result({ total: keys.length, keys, skipped }, () => [
    ...skipped.map(skippedLine),
    ...keys,
    `${keys.length} would be ${ED[plan.verb]}, ${skipped.length} skipped; nothing was done`,
  ])
}

const skippedLine = ({ key, reason }: Shard) => `${key} SKIPPED ${reason}`

async function pages(
  page: (at: { from: number; limit: number }) => Promise<{ shards: Shard[]; total: number }>,
): Promise<Shard[]> {
  const all: Shard[] = []
  while (true) {
    const { shards, total } = await page({ from: all.length, limit: PAGE })
    all.push(...shards)
    if (shards.length === 0 || all.length >= total) return all
  }
}

/** Until the run has ended. Ctrl-C stops it: what is under way ends, no more is begun. */
async function follow(run: VerbRun, { bulk }: Client, runId: string): Promise<BulkRunView> {
  const watching = new AbortController()
  const onInterrupt = () => void bulk.stop({ runId }).catch(() => watching.abort())
  run.signal.addEventListener('abort', onInterrupt, { once: true })
  if (run.signal.aborted) onInterrupt()
  try {
    for await (const event of await bulk.watch(undefined, { signal: watching.signal })) {
      if (event.type === 'remove') continue
      const view = event.rows.find(({ id }) => id === runId)
      if (view === undefined) continue
      if (view.endedAt !== null) return view
      run.progress.showText(progressText(view))
    }
    throw new CommandError('CANCELLED', 'The run could not be followed to its end.')
  } finally {
    run.signal.removeEventListener('abort', onInterrupt)
    run.progress.clear()
    watching.abort()
  }
}

function progressText({ verb, total, succeeded, failed, skipped, perSecond, etaSeconds }: BulkRunView): string {
  const left = etaSeconds === null ? '' : `, ${formatDuration(etaSeconds)} left`
  const rate = perSecond === 0 ? '' : `, ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`
  return `${succeeded + failed + skipped} of ${total} ${ED[verb]}, ${failed} failed${rate}${left}`
}
