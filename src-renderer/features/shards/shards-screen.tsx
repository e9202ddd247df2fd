import { Database } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { ShardView } from '../../../src-shared/contract/index.ts'
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
import { goTo, setTableFilter, useServices, useTableState, useTableView } from '../../state/index.ts'
import { BrowseScreen } from './browse/browse-screen.tsx'
import { CausesView } from './causes-view.tsx'
import { type CauseGroup, groupByCause } from './error-causes.ts'
import { openGcDialog } from './gc-dialog.tsx'
import { openInitializeAllDialog } from './initialize-all-dialog.tsx'
import {
  canBrowse,
  canInitialize,
  canRecover,
  type ShardActions,
  shardMenu,
  useShardActions,
} from './shard-actions.tsx'
import { SHARD_CHIPS, SHARD_COLUMNS } from './shard-columns.tsx'
import { ShardDrawer } from './shard-drawer.tsx'

const idOf = ({ key }: ShardView) => key
const WORST_FIRST = { column: 'state', descending: false }

const CAUSE_CHIP = 'cause'

/** The shards of one cause as a chip, beside the others, as long as the screen is open. */
function causeChip({ id, title }: CauseGroup): Chip<ShardView> {
  return { id: CAUSE_CHIP, label: title, test: (shard) => groupByCause([shard])[0]?.id === id }
}

/** Which shards serve, which do not, and why? */
export function ShardsScreen({ openId, part }: { openId: string | null; part: string | null }) {
  if (part === 'browse' && openId !== null) return <BrowseScreen key={openId} shardKey={openId} />
  return <ShardsTable openId={openId} />
}

function ShardsTable({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.shards)
  const table = useTableView('shards', WORST_FIRST)
  const actions = useShardActions()
  const [view, setView] = useState<'table' | 'causes'>('table')
  const [cause, setCause] = useState<CauseGroup | null>(null)
  const chips = useMemo(() => (cause === null ? SHARD_CHIPS : [...SHARD_CHIPS, causeChip(cause)]), [cause])
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
            <Button onClick={openGcDialog}>Collect garbage…</Button>
            <Button onClick={openInitializeAllDialog}>Initialize all…</Button>
          </>
        }
      >
        {view === 'causes' ? (
          <CausesView
            shards={rows}
            actions={actions}
            onShow={(group) => {
              setCause(group)
              setTableFilter('shards', { chip: CAUSE_CHIP })
              setView('table')
            }}
          />
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
          Recover
        </Button>
      )}
      {canInitialize(shard) && (
        <Button kind="quiet" size="sm" onClick={() => actions.initialize([shard])}>
          Initialize
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
  const errored = shards.filter(canRecover)
  const fresh = shards.filter(canInitialize)
  return (
    <>
      <Button size="sm" disabled={errored.length === 0} onClick={() => actions.recover(errored, clear)}>
        Recover {errored.length > 0 && `${errored.length.toLocaleString('en')}…`}
      </Button>
      <Button size="sm" disabled={fresh.length === 0} onClick={() => actions.initialize(fresh, clear)}>
        Initialize {fresh.length > 0 && `${fresh.length.toLocaleString('en')}…`}
      </Button>
      <Button size="sm" onClick={() => actions.destroy(shards, clear)}>
        Destroy…
      </Button>
    </>
  )
}
