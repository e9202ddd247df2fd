import { shortCid } from '../../../src-shared/format/index.ts'
import { baseName, Tooltip } from '../../components/index.ts'
import { hrefOf } from '../../state/index.ts'
import type { TraceStop } from './trace.ts'

/** file → import → root → piece → shard → deal → retrieval; what is known is a link. */
export function TraceStrip({ stops }: { stops: readonly TraceStop[] }) {
  return (
    <ol aria-label="Way of the data" className="space-y-0">
      {stops.map(({ station, text, place }, position) => (
        <li key={station} className="relative flex h-7 items-center gap-3 text-xs">
          {position < stops.length - 1 && (
            <span aria-hidden className="absolute top-1/2 left-[3px] h-7 w-px bg-line-strong" />
          )}
          <span
            aria-hidden
            className={`relative size-[7px] shrink-0 rounded-full ${text === null ? 'bg-surface shadow-[inset_0_0_0_1px_var(--line-control)]' : 'bg-accent'}`}
          />
          <span className="w-16 shrink-0 text-ink-faint">{station}</span>
          <StopText text={text} station={station} href={place === null ? null : hrefOf(place.section, place.id)} />
        </li>
      ))}
    </ol>
  )
}

function StopText({
  text,
  station,
  href,
}: {
  text: string | null
  station: TraceStop['station']
  href: string | null
}) {
  if (text === null) return <span className="text-ink-faint">{ABSENT[station] ?? 'None'}</span>
  const isCidLike = station === 'Root' || station === 'Piece' || station === 'Shard'
  const shown = isCidLike
    ? shortCid(text, 10, 8)
    : station === 'File' || station === 'Retrieval'
      ? baseName(text)
      : text
  const className = `min-w-0 truncate ${isCidLike || station === 'Deal' || station === 'Import' ? 'font-mono' : ''}`
  return (
    <Tooltip text={text} code>
      {href === null ? (
        <span className={className}>{shown}</span>
      ) : (
        <a href={href} className={`${className} rounded-sm text-accent-ink hover:underline`}>
          {shown}
        </a>
      )}
    </Tooltip>
  )
}

const ABSENT: Partial<Record<TraceStop['station'], string>> = {
  File: 'Not from this machine',
  Import: 'Not from this machine',
  Piece: 'Not computed yet',
  Shard: 'Held elsewhere',
  Retrieval: 'Not retrieved',
}
