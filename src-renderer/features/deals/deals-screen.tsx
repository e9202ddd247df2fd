import { Handshake } from 'lucide-react'
import type { DealView } from '../../../src-shared/contract/index.ts'
import { Button, DataTable, EmptyState, MissingDrawer, Page, Split } from '../../components/index.ts'
import { goTo, useServices, useTableState } from '../../state/index.ts'
import { useNamed } from '../names/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { dealMenu, useDealActions } from './deal-actions.tsx'
import { DEAL_CHIPS, DEAL_COLUMNS, type DealRow } from './deal-columns.tsx'
import { DealDrawer } from './deal-drawer.tsx'
import { hasEnded } from './deal-words.ts'

const idOf = ({ dealId }: DealRow) => dealId
const nameOf = ({ dealId, name }: DealRow) => name ?? `Deal ${dealId}`
const rootOf = ({ root }: DealView) => root
const NEWEST_FIRST = { column: 'age', descending: true }

/** Where is my data, who holds it, and what is it waiting for? */
export function DealsScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.deals)
  const named = useNamed(rows, rootOf)
  const table = useSavedTableView('deals', NEWEST_FIRST)
  const actions = useDealActions()
  const close = () => goTo('deals')
  const open = openId === null ? undefined : named.find(({ dealId }) => dealId === openId)
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Deal" onClose={close} />
    ) : (
      <DealDrawer deal={open} actions={actions} onClose={close} />
    )
  return (
    <Split detail={detail}>
      <Page title="Deals">
        <DataTable
          label="Deals"
          rows={named}
          idOf={idOf}
          nameOf={nameOf}
          columns={DEAL_COLUMNS}
          chips={DEAL_CHIPS}
          {...table}
          status={status}
          asOf={asOf}
          error={error}
          openId={openId}
          onOpen={(id) => goTo('deals', id)}
          menu={(deals) => dealMenu(actions, deals)}
          rowActions={(deal) => (
            <>
              {deal.state === 'failed' && (
                <Button kind="quiet" size="sm" onClick={() => actions.retry([deal])}>
                  Retry
                </Button>
              )}
              {deal.state === 'active' && (
                <Button kind="quiet" size="sm" onClick={() => actions.retrieve(deal)}>
                  Retrieve…
                </Button>
              )}
              {hasEnded(deal) ? (
                <Button kind="quiet" size="sm" onClick={() => actions.forget([deal])}>
                  Forget…
                </Button>
              ) : (
                <Button kind="quiet" size="sm" onClick={() => actions.cancel([deal])}>
                  Cancel
                </Button>
              )}
            </>
          )}
          bulkActions={(deals, clear) => (
            <Button
              size="sm"
              disabled={!deals.some(hasEnded)}
              onClick={() => actions.forget(deals.filter(hasEnded), clear)}
            >
              Forget…
            </Button>
          )}
          onDelete={(deals) => deals.some(hasEnded) && actions.forget(deals.filter(hasEnded))}
          empty={
            <EmptyState
              icon={Handshake}
              title="No deals yet"
              action={<Button onClick={() => goTo('imports')}>Show imports</Button>}
            >
              Open an import and choose Send to provider. Deals that this Carport accepts appear here, too.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}
