import { Database, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { BulkRunView, ShardView } from '../../../src-shared/contract/index.ts'
import {
  Button,
  type Chip,
  DataTable,
  EmptyState,
  MissingDrawer,
  Page,
  Segmented,
  Split,
} from '../../components/index.ts'
import { attempt, goTo, setTableFilter, useServices, useTableState } from '../../state/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { BrowseScreen } from './browse/browse-screen.tsx'
import { openBulkDialog } from './bulk/bulk-dialog.tsx'
import { BULK_WORDS } from './bulk/bulk-words.ts'
import { openRegisterDialog } from './bulk/register-dialog.tsx'
import { RunsPanel } from './bulk/runs-panel.tsx'
import { CausesView } from './causes-view.tsx'
import { type CauseGroup, groupByCause } from './error-causes.ts'
import { MoreMenu } from './more-menu.tsx'
import {
  canBrowse,
  canInitialize,
  canRecover,
  canReindex,
  type ShardActions,
  shardMenu,
  useShardActions,
} from './shard-actions.tsx'
import { SHARD_CHIPS, SHARD_COLUMNS } from './shard-columns.tsx'
import { ShardDrawer } from './shard-drawer.tsx'
import { useHolders } from './use-holders.ts'

const idOf = ({ key }: ShardView) => key
const WORST_FIRST = { column: 'state', descending: false }

const PICKED_CHIP = 'picked'
const FAILURES_PAGE = 1000

/** Shards picked elsewhere (of one cause, or that failed in a run), as a chip beside the others as long as the screen is open. */
type Picked = Omit<Chip<ShardView>, 'id'>

const ofCause = ({ id, title }: CauseGroup): Picked => ({
  label: title,
  test: (shard) => groupByCause([shard])[0]?.id === id,
})

const ofKeys = (label: string, keys: ReadonlySet<string>): Picked => ({ label, test: ({ key }) => keys.has(key) })

/** Which shards serve, which do not, and why? */
export function ShardsScreen({ openId, part, at }: { openId: string | null; part: string | null; at: string | null }) {
  if (part === 'browse' && openId !== null) return <BrowseScreen key={openId} shardKey={openId} block={at} />
  return <ShardsTable openId={openId} />
}

function ShardsTable({ openId }: { openId: string | null }) {
  const { client, stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.shards)
  const table = useSavedTableView('shards', WORST_FIRST)
  const holders = useHolders(table.view.query)
  const actions = useShardActions()
  const [view, setView] = useState<'table' | 'causes'>('table')
  const [picked, setPicked] = useState<Picked | null>(null)
  const chips = useMemo(
    () => (picked === null ? SHARD_CHIPS : [...SHARD_CHIPS, { ...picked, id: PICKED_CHIP }]),
    [picked],
  )
  const show = (shards: Picked) => {
    setPicked(shards)
    setTableFilter('shards', { chip: PICKED_CHIP })
    setView('table')
  }
  const showFailures = (run: BulkRunView, words: string[] | null) =>
    void attempt('The shards could not be shown', async () => {
      const keys = new Set<string>()
      for (let from = 0, total = 1; from < total; from += FAILURES_PAGE) {
        const page = await client.bulk.failures({ runId: run.id, words, from, limit: FAILURES_PAGE })
        for (const { key } of page.shards) keys.add(key)
        total = page.total
      }
      show(ofKeys(`Failed: ${BULK_WORDS[run.verb].verb}`, keys))
    })
  const close = () => goTo('shards')
  const open = openId === null ? undefined : stores.shards.get(openId)
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Shard" onClose={close} />
    ) : (
      <ShardDrawer shard={open} actions={actions} onClose={close} />
    )
  return (
    <Split detail={detail}>
      <Page
        title="Shards"
        actions={
          <>
            <Segmented
              label="Arrangement"
              value={view}
              onChange={setView}
              choices={[
                { value: 'table', label: 'All shards' },
                { value: 'causes', label: 'Errors by cause' },
              ]}
            />
            <MoreMenu />
            <Button
              disabled={rows.length === 0}
              onClick={() =>
                openBulkDialog({ verb: 'initialize', wanted: { selection: { kind: 'all' } }, title: 'Initialize all' })
              }
            >
              Initialize all…
            </Button>
            <Button kind="primary" icon={Plus} onClick={openRegisterDialog}>
              Register…
            </Button>
          </>
        }
      >
        <RunsPanel onShow={showFailures} />
        {view === 'causes' ? (
          <CausesView shards={rows} onShow={(group) => show(ofCause(group))} />
        ) : (
          <DataTable
            label="Shards"
            rows={rows}
            idOf={idOf}
            nameOf={idOf}
            columns={SHARD_COLUMNS}
            chips={chips}
            {...table}
            status={status}
            asOf={asOf}
            error={error}
            alsoFound={holders}
            openId={openId}
            onOpen={(id) => goTo('shards', id)}
            menu={(shards) => shardMenu(actions, shards)}
            rowActions={(shard) => <RowActions shard={shard} actions={actions} />}
            bulkActions={(shards, clear) => <BulkActions shards={shards} clear={clear} actions={actions} />}
            onDelete={(shards) => shards.length > 0 && actions.destroy(shards)}
            empty={
              <EmptyState
                icon={Database}
                title="No shards yet"
                action={<Button onClick={() => goTo('pieces')}>Show pieces</Button>}
              >
                Every deal that is handed off becomes a shard. Pieces that are here already can be registered.
              </EmptyState>
            }
          />
        )}
      </Page>
    </Split>
  )
}

function RowActions({ shard, actions }: { shard: ShardView; actions: ShardActions }) {
  return (
    <>
      {canRecover(shard) && (
        <Button kind="quiet" size="sm" onClick={() => actions.recover([shard])}>
          Recover…
        </Button>
      )}
      {canInitialize(shard) && (
        <Button kind="quiet" size="sm" onClick={() => actions.initialize([shard])}>
          Initialize…
        </Button>
      )}
      {canBrowse(shard) && (
        <Button kind="quiet" size="sm" onClick={() => actions.browse(shard)}>
          Browse
        </Button>
      )}
    </>
  )
}

interface BulkActionsProps {
  shards: ShardView[]
  clear: () => void
  actions: ShardActions
}

function BulkActions({ shards, clear, actions }: BulkActionsProps) {
  const verb = (name: 'recover' | 'initialize' | 'reindex', able: ShardView[]) => (
    <Button size="sm" disabled={able.length === 0} onClick={() => actions[name](able, clear)}>
      {BULK_WORDS[name].verb} {able.length > 0 && `${able.length.toLocaleString('en')}${able.length > 1 ? '…' : ''}`}
    </Button>
  )
  return (
    <>
      {verb('recover', shards.filter(canRecover))}
      {verb('initialize', shards.filter(canInitialize))}
      {verb('reindex', shards.filter(canReindex))}
      <Button size="sm" onClick={() => actions.acquire(shards, clear)}>
        Acquire…
      </Button>
      <Button size="sm" onClick={() => actions.destroy(shards, clear)}>
        Destroy…
      </Button>
    </>
  )
}
