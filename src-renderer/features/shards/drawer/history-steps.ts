import type { ShardDetail, ShardState } from '../../../../src-shared/contract/index.ts'
import { formatDuration } from '../../../../src-shared/format/index.ts'
import type { TimelineStep } from '../../../components/index.ts'
import { causeTitle } from '../error-causes.ts'
import { shardStateOf } from '../shard-words.ts'

type Attempt = ShardDetail['attempts'][number]

const isWorking = (state: ShardState) => state === 'Initializing' || state === 'Recovering'

/** What each event is called; by its op, as the dagstore names it. */
const TITLES: Record<string, string> = {
  Register: 'Registered',
  Initialize: 'Initialization began',
  MakeAvailable: 'Indexed and available',
  Recover: 'Recovery began: fetched and indexed anew',
  Reindex: 'Re-index began',
  Destroy: 'Destroyed',
}

/**
 * What happened to a shard, oldest first, each with what caused it and, where it ended an attempt, how long that took.
 * `now` as `Date.now()`.
 */
export function historySteps(attempts: readonly Attempt[], now: number): TimelineStep[] {
  return attempts.map((attempt, position) => {
    const before = attempts[position - 1]
    const isLast = position === attempts.length - 1
    const moving = isLast && isWorking(attempt.state)
    const { tone } = shardStateOf(attempt)
    return {
      id: String(position),
      tone: attempt.op === 'Fail' ? 'failed' : isWorking(attempt.state) && !moving ? 'idle' : tone,
      moving,
      title: titleOf(attempt),
      at: attempt.at,
      took:
        before !== undefined && isWorking(before.state)
          ? `after ${durationText(attempt.at, before.at)}`
          : moving
            ? `for ${durationText(now, attempt.at)}`
            : undefined,
      detail: attempt.op === 'Fail' ? (attempt.error ?? undefined) : undefined,
    }
  })
}

/** How many times it was tried, and how many of these failed: `3 attempts, 2 failed`. */
export function attemptsText(attempts: readonly Attempt[]): string | null {
  const tried = attempts.filter(({ op }) => op === 'Initialize' || op === 'Recover' || op === 'Reindex').length
  const failed = attempts.filter(({ op }) => op === 'Fail').length
  if (tried === 0) return null
  return `${tried} ${tried === 1 ? 'attempt' : 'attempts'}${failed > 0 ? `, ${failed} failed` : ''}`
}

function titleOf({ op, state, error }: Attempt): string {
  if (op !== 'Fail') return TITLES[op] ?? `${op}: ${state}`
  const cause = error === null ? '' : `: ${lowerFirst(causeTitle(error))}`
  return state === 'Recovering' ? `Index lost, made anew${cause}` : `Failed${cause}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Parts of a second where it was quick. */
function durationText(end: string | number, start: string): string {
  const ms = Math.max(0, new Date(end).getTime() - new Date(start).getTime())
  if (ms < 1000) return `${ms} ms`
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms / 1000)
}
