import type { Progress } from '../../../src-shared/contract/index.ts'
import { shortCid } from '../../../src-shared/format/index.ts'
import { baseName, ProgressLine } from '../../components/index.ts'
import { hrefOf, useServices, useTableState } from '../../state/index.ts'
import { isOver } from '../transfers/index.ts'

interface Running {
  id: string
  what: string
  href: string
  progress: Progress
}

const SHOWN = 6

/** What moves at the moment, each with its progress. Transfers of a deal or retrieval are told with their owner. */
export function useRunning(): Running[] {
  const { stores } = useServices()
  const imports = useTableState(stores.imports).rows
  const deals = useTableState(stores.deals).rows
  const retrievals = useTableState(stores.retrievals).rows
  const transfers = useTableState(stores.transfers).rows
  const told = new Set(
    [...deals, ...retrievals].filter(({ progress }) => progress !== null).map(({ dealId }) => dealId),
  )
  return [
    ...imports.flatMap(({ id, source, progress }) =>
      progress === null
        ? []
        : [{ id: `i${id}`, what: `Importing ${baseName(source)}`, href: hrefOf('imports', id), progress }],
    ),
    ...deals.flatMap(({ dealId, root, role, progress }) =>
      progress === null
        ? []
        : [
            {
              id: `d${dealId}`,
              what: `${role === 'client' ? 'Sending' : 'Receiving'} ${shortCid(root)}`,
              href: hrefOf('deals', dealId),
              progress,
            },
          ],
    ),
    ...retrievals.flatMap(({ dealId, root, path, progress }) =>
      progress === null
        ? []
        : [
            {
              id: `r${dealId}`,
              what: `Retrieving ${path === null ? shortCid(root) : baseName(path)}`,
              href: hrefOf('retrievals', dealId),
              progress,
            },
          ],
    ),
    ...transfers.flatMap((transfer) =>
      isOver(transfer) || (transfer.ownerId !== null && told.has(transfer.ownerId))
        ? []
        : [
            {
              id: `t${transfer.id}`,
              what: `${transfer.direction === 'in' ? 'Receiving' : 'Serving'} ${shortCid(transfer.what)}`,
              href: hrefOf('transfers', transfer.id),
              progress: { ...transfer, phase: transfer.message },
            },
          ],
    ),
  ]
}

export function RunningList({ running }: { running: readonly Running[] }) {
  if (running.length === 0) return <p className="text-ink-faint">Nothing runs at the moment.</p>
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(300px,1fr))] gap-3">
      {running.slice(0, SHOWN).map(({ id, what, href, progress }) => (
        <li key={id}>
          <a
            href={href}
            className="block space-y-2 rounded-md bg-surface p-3 shadow-[inset_0_0_0_1px_var(--line)] transition-colors hover:bg-hover"
          >
            <span className="block truncate font-medium text-ink">{what}</span>
            <ProgressLine progress={progress} label={what} />
          </a>
        </li>
      ))}
      {running.length > SHOWN && (
        <li className="self-center text-ink-faint text-xs">and {running.length - SHOWN} more</li>
      )}
    </ul>
  )
}
