import { ArrowDown, ArrowUp, HardDrive } from 'lucide-react'
import { formatBytes, formatRate } from '../../src-shared/format/index.ts'
import { StateBadge, Tooltip, useCalm } from '../components/index.ts'
import { counted } from '../features/paths/index.ts'
import { RunsNote } from '../features/shards/index.ts'
import { hrefOf, useConnectionState, useInfo, useStatus } from '../state/index.ts'

/** Rates, what is under way, free space, and whether the engine answers. Always in view. */
export function StatusBar() {
  const { value: status } = useStatus()
  const { phase } = useConnectionState()
  const info = useInfo()
  const live = phase === 'online' && status !== null
  const transfers = useCalm(status?.transfers ?? null)
  return (
    <footer className="flex h-7 shrink-0 items-center gap-4 overflow-hidden whitespace-nowrap border-line border-t bg-sunken px-4 text-ink-soft text-xs">
      <a href={hrefOf('transfers')} className="flex cursor-default items-center gap-3 rounded-sm hover:text-ink">
        <span className="figures inline-flex min-w-22 items-center gap-1">
          <ArrowUp role="img" aria-label="Out" className="size-3 text-rate-out" />
          {live && transfers !== null ? formatRate(transfers.outRate) : '–'}
        </span>
        <span className="figures inline-flex min-w-22 items-center gap-1">
          <ArrowDown role="img" aria-label="In" className="size-3 text-rate-in" />
          {live && transfers !== null ? formatRate(transfers.inRate) : '–'}
        </span>
        <span className="figures">{live ? counted(status.transfers.active, 'transfer') : '–'}</span>
      </a>
      {status?.roles.includes('provider') === true && <RunsNote />}
      <span className="ml-auto inline-flex items-center gap-4">
        {info !== null && (
          <Tooltip text={info.dataDir} side="top">
            <span className="max-w-80 truncate text-ink-faint max-[860px]:hidden">{info.dataDir}</span>
          </Tooltip>
        )}
        {status !== null && (
          <span className="figures inline-flex items-center gap-1">
            <HardDrive aria-hidden className="size-3 text-ink-faint" />
            {formatBytes(status.disk.freeBytes)} free
          </span>
        )}
        <span role="status" className="inline-flex">
          {phase === 'online' ? (
            <StateBadge tone="ok" label="Engine OK" />
          ) : phase === 'connecting' ? (
            <StateBadge tone="working" label="Connecting" moving />
          ) : (
            <StateBadge tone="failed" label={phase === 'silent' ? 'Engine silent' : 'Engine away'} />
          )}
        </span>
      </span>
    </footer>
  )
}
