import { Download } from 'lucide-react'
import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { Button, DataTable, EmptyState, MissingDrawer, Page, Split } from '../../components/index.ts'
import { goTo, useServices, useTableState } from '../../state/index.ts'
import { useNamed } from '../names/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { canRetry, type RetrievalActions, retrievalMenu, useRetrievalActions } from './retrieval-actions.tsx'
import { RETRIEVAL_CHIPS, RETRIEVAL_COLUMNS, type RetrievalRow } from './retrieval-columns.tsx'
import { RetrievalDrawer } from './retrieval-drawer.tsx'
import { isRunning, nameOfRetrieval } from './retrieval-words.ts'
import { openRetrieveDialog } from './retrieve-dialog.tsx'

const idOf = ({ dealId }: RetrievalRow) => dealId
const rootOf = ({ root }: RetrievalView) => root
const NEWEST_FIRST = { column: 'age', descending: true }

/** What have I fetched, is it whole, and where is it? */
export function RetrievalsScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.retrievals)
  const named = useNamed(rows, rootOf)
  const table = useSavedTableView('retrievals', NEWEST_FIRST)
  const actions = useRetrievalActions()
  const close = () => goTo('retrievals')
  const open = openId === null ? undefined : rows.find(({ dealId }) => dealId === openId)
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Retrieval" onClose={close} />
    ) : (
      <RetrievalDrawer view={open} actions={actions} onClose={close} />
    )
  const start = (
    <Button kind="primary" icon={Download} onClick={() => openRetrieveDialog()}>
      Retrieve…
    </Button>
  )
  return (
    <Split detail={detail}>
      <Page title="Retrievals" actions={start}>
        <DataTable
          label="Retrievals"
          rows={named}
          idOf={idOf}
          nameOf={nameOfRetrieval}
          columns={RETRIEVAL_COLUMNS}
          chips={RETRIEVAL_CHIPS}
          {...table}
          status={status}
          asOf={asOf}
          error={error}
          openId={openId}
          onOpen={(id) => goTo('retrievals', id)}
          menu={(views) => retrievalMenu(actions, views)}
          rowActions={(view) => <RowActions view={view} actions={actions} />}
          bulkActions={(views, clear) => (
            <Button size="sm" onClick={() => actions.remove(views, clear)}>
              Remove…
            </Button>
          )}
          onDelete={(views) => views.length > 0 && actions.remove(views)}
          empty={
            <EmptyState icon={Download} title="Nothing is retrieved yet" action={start}>
              Fetch a root from a provider, or paste its CID anywhere and press Enter to see where it is.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}

function RowActions({ view, actions }: { view: RetrievalView; actions: RetrievalActions }) {
  if (isRunning(view))
    return (
      <Button kind="quiet" size="sm" onClick={() => actions.cancel([view])}>
        Cancel
      </Button>
    )
  return (
    <>
      {canRetry(view) ? (
        <Button kind="quiet" size="sm" onClick={() => actions.retry([view])}>
          Retry
        </Button>
      ) : (
        <Button kind="quiet" size="sm" onClick={() => actions.export(view)}>
          Export…
        </Button>
      )}
      <Button kind="quiet" size="sm" onClick={() => actions.remove([view])}>
        Remove…
      </Button>
    </>
  )
}
