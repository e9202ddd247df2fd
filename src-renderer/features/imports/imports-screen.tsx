import { FolderDown, Plus, Send, ShieldCheck } from 'lucide-react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { Button, baseName, DataTable, EmptyState, Menu, MissingDrawer, Page, Split } from '../../components/index.ts'
import { goTo, useServices, useTableState } from '../../state/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { type ImportActions, importMenu, isUsable, useImportActions } from './import-actions.tsx'
import { IMPORT_CHIPS, IMPORT_COLUMNS } from './import-columns.tsx'
import { openImportDialog } from './import-dialog.tsx'
import { ImportDrawer } from './import-drawer.tsx'

const idOf = ({ id }: ImportView) => id
const nameOf = ({ source }: ImportView) => baseName(source)
const NEWEST_FIRST = { column: 'age', descending: true }

/** Which of my files are in, and are they still good? */
export function ImportsScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.imports)
  const table = useSavedTableView('imports', NEWEST_FIRST)
  const actions = useImportActions()
  const close = () => goTo('imports')
  const open = openId === null ? undefined : rows.find(({ id }) => id === openId)
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Import" onClose={close} />
    ) : (
      <ImportDrawer view={open} actions={actions} onClose={close} />
    )
  return (
    <Split detail={detail}>
      <Page
        title="Imports"
        actions={
          <>
            {rows.length > 0 && (
              <Menu
                entries={[
                  { label: 'Look at the files', onSelect: () => actions.check('all', false) },
                  { label: 'Read and hash every block', onSelect: () => actions.check('all', true) },
                ]}
              >
                <Button icon={ShieldCheck}>Check all</Button>
              </Menu>
            )}
            <Button kind="primary" icon={Plus} onClick={() => openImportDialog()}>
              Import…
            </Button>
          </>
        }
      >
        <DataTable
          label="Imports"
          rows={rows}
          idOf={idOf}
          nameOf={nameOf}
          columns={IMPORT_COLUMNS}
          chips={IMPORT_CHIPS}
          {...table}
          status={status}
          asOf={asOf}
          error={error}
          openId={openId}
          onOpen={(id) => goTo('imports', id)}
          menu={(views) => importMenu(actions, views)}
          rowActions={(view) => <RowActions view={view} actions={actions} />}
          bulkActions={(views, clear) => <BulkActions views={views} clear={clear} actions={actions} />}
          onDelete={(views) => views.length > 0 && actions.drop(views)}
          empty={
            <EmptyState
              icon={FolderDown}
              title="Nothing is imported yet"
              action={
                <Button kind="primary" icon={Plus} onClick={() => openImportDialog()}>
                  Import…
                </Button>
              }
            >
              Drop files or folders anywhere on this window. The originals stay where they are.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}

function RowActions({ view, actions }: { view: ImportView; actions: ImportActions }) {
  if (view.state === 'importing')
    return (
      <Button kind="quiet" size="sm" onClick={() => actions.cancel([view])}>
        Cancel
      </Button>
    )
  const remedy = view.problem?.remedies[0]
  return (
    <>
      {view.state === 'failed' && (
        <Button kind="quiet" size="sm" onClick={() => actions.retry([view])}>
          Retry
        </Button>
      )}
      {remedy === 'relink' && (
        <Button kind="quiet" size="sm" onClick={() => actions.relink(view)}>
          Relink…
        </Button>
      )}
      {remedy === 'reimport' && (
        <Button kind="quiet" size="sm" onClick={() => actions.importAgain(view)}>
          Import again
        </Button>
      )}
      {isUsable(view) && view.problem === null && (
        <>
          <Button kind="quiet" size="sm" onClick={() => actions.send([view])}>
            Send to provider
          </Button>
          <Button kind="quiet" size="sm" onClick={() => actions.retrieve(view)}>
            Retrieve…
          </Button>
        </>
      )}
      <Button kind="quiet" size="sm" onClick={() => actions.drop([view])}>
        Drop…
      </Button>
    </>
  )
}

interface BulkActionsProps {
  views: ImportView[]
  clear: () => void
  actions: ImportActions
}

function BulkActions({ views, clear, actions }: BulkActionsProps) {
  const usable = views.filter(isUsable)
  return (
    <>
      <Button
        size="sm"
        icon={Send}
        disabled={usable.length === 0}
        onClick={() => {
          actions.send(usable)
          clear()
        }}
      >
        Send to provider
      </Button>
      <Button size="sm" onClick={() => actions.drop(views, clear)}>
        Drop…
      </Button>
    </>
  )
}
