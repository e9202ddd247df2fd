import type { Progress } from '../../src-shared/contract/index.ts'
import { formatBytes, formatRate } from '../../src-shared/format/index.ts'
import { classNames } from './class-names.ts'
import { useCalm } from './ticking.tsx'
import { etaText } from './time-text.ts'

/** Part of the way, 0 to 1; null while the whole is unknown. */
export function fractionOf({ doneBytes, totalBytes }: Pick<Progress, 'doneBytes' | 'totalBytes'>): number | null {
  if (totalBytes === null || totalBytes <= 0) return null
  return Math.min(1, Math.max(0, doneBytes / totalBytes))
}

/** Whole percent, rounded down: 100 % is said only of what is complete. */
export function percentText(fraction: number | null): string {
  return fraction === null ? '' : `${Math.floor(fraction * 100)} %`
}

interface BarProps {
  fraction: number | null
  label: string
  /** Not moving at the moment. */
  paused?: boolean
  className?: string
}

export function Bar({ fraction, label, paused = false, className }: BarProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={fraction === null ? undefined : Math.floor(fraction * 100)}
      className={classNames('h-1 overflow-hidden rounded-full bg-idle-soft', className)}
    >
      {fraction === null ? (
        <div
          className={classNames('h-full w-2/5 rounded-full', paused ? 'bg-line-control' : 'animate-drift bg-working')}
        />
      ) : (
        <div
          className={classNames('h-full rounded-full transition-[width]', paused ? 'bg-line-control' : 'bg-working')}
          style={{ width: `${fraction * 100}%` }}
        />
      )}
    </div>
  )
}

interface ProgressLineProps {
  progress: Progress
  label: string
  paused?: boolean
}

/** Phase, amount, rate and time left over a bar. The words change once a second, the bar as often as it likes. */
export function ProgressLine({ progress, label, paused = false }: ProgressLineProps) {
  const calm = useCalm(progress)
  const eta = paused ? null : etaText(calm.etaSeconds)
  return (
    <div className="space-y-1">
      <div className="flex items-baseline justify-between gap-3 text-xs">
        <span className="truncate text-ink">{calm.phase}</span>
        <span className="figures shrink-0 text-ink-soft">{percentText(fractionOf(calm))}</span>
      </div>
      <Bar fraction={fractionOf(progress)} label={label} paused={paused} />
      <div className="figures flex justify-between gap-3 text-ink-faint text-xs">
        <span>
          {formatBytes(calm.doneBytes)}
          {calm.totalBytes !== null && ` of ${formatBytes(calm.totalBytes)}`}
        </span>
        <span className="shrink-0">
          {!paused && calm.rate > 0 && formatRate(calm.rate)}
          {eta !== null && `, ${eta}`}
        </span>
      </div>
    </div>
  )
}

/** For table cells: bar and percent in one line of fixed width. */
export function ProgressCell({ progress, label, paused = false }: ProgressLineProps) {
  const fraction = fractionOf(progress)
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2">
      <Bar fraction={fraction} label={label} paused={paused} className="min-w-12 flex-1" />
      <span className="figures w-10 shrink-0 whitespace-nowrap text-right text-ink-soft">{percentText(fraction)}</span>
    </span>
  )
}
