import { formatBytes } from '../../src-shared/format/index.ts'

export interface DiskPart {
  id: string
  bytes: number
}

/** The tokens in the order of the parts. */
const FILLS = [
  'bg-disk-1',
  'bg-disk-2',
  'bg-disk-3',
  'bg-disk-4',
  'bg-disk-5',
  'bg-disk-6',
  'bg-disk-7',
  'bg-disk-8',
] as const

/** The colour of the part at `position`, for a legend elsewhere. */
export function diskFill(position: number): string {
  return FILLS[position % FILLS.length] ?? ''
}

interface DiskBarProps {
  parts: readonly DiskPart[]
  totalBytes: number
  freeBytes: number
}

/** One disk as one bar: what Carport uses for what, what others use, what is free. The parts are named elsewhere, in their colours. */
export function DiskBar({ parts, totalBytes, freeBytes }: DiskBarProps) {
  const ours = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  const others = Math.max(0, totalBytes - freeBytes - ours)
  const widthOf = (bytes: number) => (totalBytes > 0 ? (bytes / totalBytes) * 100 : 0)
  return (
    <div className="space-y-3">
      <div
        role="img"
        aria-label={`Carport uses ${formatBytes(ours)}; ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free.`}
        className="flex h-3 gap-px overflow-hidden rounded-sm bg-idle-soft"
      >
        {parts.map(
          ({ id, bytes }, position) =>
            bytes > 0 && (
              <div key={id} className={diskFill(position)} style={{ width: `${widthOf(bytes)}%`, minWidth: 2 }} />
            ),
        )}
        <div className="bg-disk-rest" style={{ width: `${widthOf(others)}%` }} />
      </div>
      <ul className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
        <Entry fill={null} label="Carport" bytes={ours} />
        <Entry fill="bg-disk-rest" label="Everything else" bytes={others} />
        <Entry fill="bg-idle-soft shadow-[inset_0_0_0_1px_var(--line-strong)]" label="Free" bytes={freeBytes} />
      </ul>
    </div>
  )
}

function Entry({ fill, label, bytes }: { fill: string | null; label: string; bytes: number }) {
  return (
    <li className="flex items-center gap-2">
      {fill !== null && <span aria-hidden className={`size-2 shrink-0 rounded-sm ${fill}`} />}
      <span className="text-ink-soft">{label}</span>
      <span className="figures text-ink">{formatBytes(bytes)}</span>
    </li>
  )
}
