import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { clockText, etaText, type Tone } from '../../../components/index.ts'
import { counted } from '../../paths/index.ts'
import { BULK_WORDS } from './bulk-words.ts'

const number = (value: number) => value.toLocaleString('en')

export const handledOf = ({ succeeded, failed, skipped }: BulkRunView): number => succeeded + failed + skipped

/** `Recovering 312 shards`; when it has ended, what came of it: `Recovered 308 of 312 shards`. */
export function runTitle(run: BulkRunView): string {
  const { verb, total, succeeded, state, endedAt } = run
  const { ing, ed } = BULK_WORDS[verb]
  if (endedAt === null) return `${ing} ${counted(total, 'shard')}`
  const done = `${ed.charAt(0).toUpperCase()}${ed.slice(1)}`
  const what = succeeded === total ? counted(total, 'shard') : `${number(succeeded)} of ${counted(total, 'shard')}`
  return state === 'stopped' ? `Stopped: ${ed} ${what}` : `${done} ${what}`
}

/** How far, how fast, how long still; or why it does not move. Without a live engine only how far it was. */
export function runNote(run: BulkRunView, isLive = true): string {
  const { state, held, heldUntil, total, underWay, perSecond, etaSeconds } = run
  const done = `${number(handledOf(run))} of ${number(total)}`
  if (run.endedAt !== null) {
    const left = total - handledOf(run)
    return left > 0 ? `${number(left)} not begun` : ''
  }
  if (!isLive) return `${done} when the engine last answered`
  if (state === 'stopping')
    return `${done}, stopping: ${number(underWay)} under way ${underWay === 1 ? 'ends' : 'end'} by ${underWay === 1 ? 'itself' : 'themselves'}`
  if (state === 'paused') return underWay === 0 ? `${done}, paused` : `${done}, pausing: ${number(underWay)} under way`
  if (held)
    return heldUntil === null
      ? `${done}, waiting: all bulk work is paused`
      : `${done}, waiting until ${clockText(heldUntil).slice(0, 5)}, the end of the quiet hours`
  const eta = etaText(etaSeconds)
  const resumed = run.resumedAt === null ? null : `went on at ${clockText(run.resumedAt).slice(0, 5)} after a restart`
  return [done, rateText(perSecond), eta === null ? null : `${eta} left`, resumed]
    .filter((part) => part !== null)
    .join(', ')
}

/** `12 a second`, `4 a minute`; null while nothing is known. */
export function rateText(perSecond: number): string | null {
  if (perSecond <= 0) return null
  if (perSecond >= 1) return `${perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond))} a second`
  if (perSecond * 60 >= 1) return `${(perSecond * 60).toFixed(perSecond * 60 < 10 ? 1 : 0)} a minute`
  return `${(perSecond * 3600).toFixed(1)} an hour`
}

export function runTone({ state, held, failed, endedAt }: BulkRunView): Tone {
  if (endedAt !== null) return failed > 0 ? 'failed' : state === 'stopped' ? 'idle' : 'ok'
  return state === 'paused' || held ? 'waiting' : 'working'
}
