import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { ErrorPanel } from '../error-panel.tsx'
import { clockText } from '../time-text.ts'

/** Over rows that are not being updated. */
export function StaleNote({ asOf }: { asOf: number | null }) {
  return (
    <p role="status" className="pb-2 text-attention text-xs">
      As of {asOf === null ? 'an earlier time' : clockText(asOf)}. Updates again when the engine answers.
    </p>
  )
}

/** Instead of rows that could not be had. */
export function FailedNote({ label, error }: { label: string; error: ErrorValue }) {
  return (
    <div className="sticky left-0 mx-auto max-w-136 py-10">
      <ErrorPanel error={error} title={`${label} cannot be shown at the moment`} />
      <p className="pt-2 text-center text-ink-faint text-xs">Carport tries again by itself.</p>
    </div>
  )
}

export function NothingMatches({ query, onClear }: { query: string; onClear: () => void }) {
  return (
    <p className="sticky left-0 px-2 py-10 text-center text-ink-soft">
      {query === '' ? 'Nothing is in this group. ' : `Nothing matches “${query}”. `}
      <button type="button" onClick={onClear} className="rounded-sm font-medium text-accent-ink hover:underline">
        Show everything
      </button>
    </p>
  )
}

const WIDTHS = [68, 52, 74, 44, 60, 57, 70, 49]

/** Rows before anything is known. */
export function Skeleton({ heightPx }: { heightPx: number }) {
  return (
    <div aria-hidden>
      {WIDTHS.map((width) => (
        <div key={width} className="flex items-center gap-6 border-line/60 border-b px-9" style={{ height: heightPx }}>
          <div className="h-2 rounded-full bg-idle-soft" style={{ width: `${width * 0.5}%` }} />
          <div className="h-2 w-24 rounded-full bg-idle-soft" />
        </div>
      ))}
    </div>
  )
}

export function countText(shown: number, all: number): string {
  if (shown === all) return `${all.toLocaleString('en')} ${all === 1 ? 'row' : 'rows'}`
  return `${shown.toLocaleString('en')} of ${all.toLocaleString('en')}`
}
