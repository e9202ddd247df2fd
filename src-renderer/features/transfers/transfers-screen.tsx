import { ArrowDown, ArrowLeftRight, ArrowUp } from 'lucide-react'
import { useStore } from 'zustand'
import type { TransferView } from '../../../src-shared/contract/index.ts'
import { formatRate } from '../../../src-shared/format/index.ts'
import { spanOf } from '../../client/index.ts'
import { Button, DataTable, EmptyState, MissingDrawer, Page, RatePlot, Split } from '../../components/index.ts'
import { goTo, useServices, useTableState } from '../../state/index.ts'
import { useNamed } from '../names/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { type TransferActions, transferMenu, useTransferActions } from './transfer-actions.tsx'
import { TRANSFER_CHIPS, TRANSFER_COLUMNS, type TransferRow } from './transfer-columns.tsx'
import { TransferDrawer } from './transfer-drawer.tsx'
import { canPause, canRestart, canResume, isOver } from './transfer-words.ts'

const idOf = ({ id }: TransferRow) => id
const whatOf = ({ what }: TransferView) => what
const nameOf = ({ name, what, direction }: TransferRow) => `${direction === 'in' ? 'In' : 'Out'} ${name ?? what}`
const LIVE_FIRST = { column: 'state', descending: false }

/** What moves, how fast, and why is this one stuck? */
export function TransfersScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.transfers)
  const deals = useTableState(stores.deals).rows
  const retrievals = useTableState(stores.retrievals).rows
  const named = useNamed(rows, whatOf)
  const table = useSavedTableView('transfers', LIVE_FIRST)
  const actions = useTransferActions()
  const close = () => goTo('transfers')
  const open = openId === null ? undefined : stores.transfers.get(openId)
  const ownerOf = ({ ownerId }: TransferView) =>
    deals.some(({ dealId }) => dealId === ownerId)
      ? 'deals'
      : retrievals.some(({ dealId }) => dealId === ownerId)
        ? 'retrievals'
        : null
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Transfer" onClose={close} />
    ) : (
      <TransferDrawer transfer={open} owner={ownerOf(open)} actions={actions} onClose={close} />
    )
  const live = rows.filter((transfer) => !isOver(transfer))
  return (
    <Split detail={detail}>
      <Page
        title="Transfers"
        actions={
          <>
            {live.some(canResume) && <Button onClick={() => actions.resume(live.filter(canResume))}>Resume all</Button>}
            {live.some(canPause) && <Button onClick={() => actions.pause(live.filter(canPause))}>Pause all</Button>}
          </>
        }
      >
        <Rates />
        <DataTable
          label="Transfers"
          rows={named}
          idOf={idOf}
          nameOf={nameOf}
          columns={TRANSFER_COLUMNS}
          chips={TRANSFER_CHIPS}
          {...table}
          status={status}
          asOf={asOf}
          error={error}
          openId={openId}
          onOpen={(id) => goTo('transfers', id)}
          menu={(transfers) => transferMenu(actions, transfers)}
          rowActions={(transfer) => <RowActions transfer={transfer} actions={actions} />}
          bulkActions={(transfers) => (
            <>
              <Button
                size="sm"
                disabled={!transfers.some(canPause)}
                onClick={() => actions.pause(transfers.filter(canPause))}
              >
                Pause
              </Button>
              <Button
                size="sm"
                disabled={!transfers.some(canResume)}
                onClick={() => actions.resume(transfers.filter(canResume))}
              >
                Resume
              </Button>
              <Button
                size="sm"
                disabled={transfers.every(isOver)}
                onClick={() => actions.cancel(transfers.filter((transfer) => !isOver(transfer)))}
              >
                Cancel
              </Button>
            </>
          )}
          empty={
            <EmptyState icon={ArrowLeftRight} title="Nothing has moved yet">
              Data on its way to a provider, from one, or to somebody who retrieves it, appears here while it moves.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}

function Rates() {
  const { stores } = useServices()
  const { times, inRates, outRates } = useStore(stores.rates)
  const spanSeconds = spanOf({ times })
  return (
    <section
      aria-label="Rates"
      className="mb-3 rounded-md bg-surface px-4 pt-3 pb-1 shadow-[inset_0_0_0_1px_var(--line)]"
    >
      <div className="flex gap-5 text-xs">
        <span className="inline-flex items-center gap-1.5 text-ink-soft">
          <ArrowDown aria-hidden className="size-3.5 text-rate-in" /> In{' '}
          <span className="figures min-w-18 text-ink">{formatRate(inRates.at(-1) ?? 0)}</span>
        </span>
        <span className="inline-flex items-center gap-1.5 text-ink-soft">
          <ArrowUp aria-hidden className="size-3.5 text-rate-out" /> Out{' '}
          <span className="figures min-w-18 text-ink">{formatRate(outRates.at(-1) ?? 0)}</span>
        </span>
        <span className="ml-auto text-ink-faint">
          {spanSeconds === 60 ? 'Last minute' : `Last ${spanSeconds / 60} minutes`}
        </span>
      </div>
      <RatePlot times={times} inRates={inRates} outRates={outRates} spanSeconds={spanSeconds} heightPx={112} />
    </section>
  )
}

function RowActions({ transfer, actions }: { transfer: TransferView; actions: TransferActions }) {
  return (
    <>
      {canPause(transfer) && (
        <Button kind="quiet" size="sm" onClick={() => actions.pause([transfer])}>
          Pause
        </Button>
      )}
      {canResume(transfer) && (
        <Button kind="quiet" size="sm" onClick={() => actions.resume([transfer])}>
          Resume
        </Button>
      )}
      {canRestart(transfer) && (
        <Button kind="quiet" size="sm" onClick={() => actions.restart([transfer])}>
          Start again
        </Button>
      )}
      {!isOver(transfer) && (
        <Button kind="quiet" size="sm" onClick={() => actions.cancel([transfer])}>
          Cancel
        </Button>
      )}
    </>
  )
}
