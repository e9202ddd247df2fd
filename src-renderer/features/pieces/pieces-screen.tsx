import { Package, Plus } from 'lucide-react'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import { Button, DataTable, EmptyState, MissingDrawer, Page, Split } from '../../components/index.ts'
import { goTo, useServices, useTableState } from '../../state/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { openAddPieceDialog } from './add-piece-dialog.tsx'
import { canRemove, pieceMenu, registerMissing, usePieceActions } from './piece-actions.tsx'
import { PIECE_CHIPS, PIECE_COLUMNS } from './piece-columns.tsx'
import { PieceDrawer } from './piece-drawer.tsx'

const idOf = ({ pieceCid }: PieceView) => pieceCid
const NEWEST_FIRST = { column: 'age', descending: true }

/** What do I hold, and which pieces have no shard? */
export function PiecesScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { rows, status, asOf, error } = useTableState(stores.pieces)
  const table = useSavedTableView('pieces', NEWEST_FIRST)
  const actions = usePieceActions()
  const close = () => goTo('pieces')
  const bare = rows.filter(({ hasShard, state }) => !hasShard && state !== 'missing')
  const open = openId === null ? undefined : stores.pieces.get(openId)
  const detail =
    openId === null || status === 'loading' ? null : open === undefined ? (
      <MissingDrawer kind="Piece" onClose={close} />
    ) : (
      <PieceDrawer piece={open} actions={actions} onClose={close} />
    )
  const add = (
    <Button kind={bare.length > 0 ? 'plain' : 'primary'} icon={Plus} onClick={() => openAddPieceDialog()}>
      Add a piece…
    </Button>
  )
  return (
    <Split detail={detail}>
      <Page
        title="Pieces"
        actions={
          <>
            {add}
            {bare.length > 0 && (
              <Button kind="primary" onClick={() => registerMissing(bare)}>
                Register {bare.length.toLocaleString('en')} missing {bare.length === 1 ? 'shard' : 'shards'}…
              </Button>
            )}
          </>
        }
      >
        <DataTable
          label="Pieces"
          rows={rows}
          idOf={idOf}
          nameOf={idOf}
          columns={PIECE_COLUMNS}
          chips={PIECE_CHIPS}
          {...table}
          status={status}
          asOf={asOf}
          error={error}
          openId={openId}
          onOpen={(id) => goTo('pieces', id)}
          menu={(pieces) => pieceMenu(actions, pieces)}
          rowActions={(piece) => (
            <>
              {piece.hasShard ? (
                <Button kind="quiet" size="sm" onClick={() => goTo('shards', piece.pieceCid)}>
                  Show shard
                </Button>
              ) : (
                <Button kind="quiet" size="sm" onClick={() => actions.register([piece])}>
                  Register as shard
                </Button>
              )}
              {piece.path !== null && (
                <Button kind="quiet" size="sm" onClick={() => actions.verify(piece)}>
                  Verify
                </Button>
              )}
            </>
          )}
          bulkActions={(pieces, clear) => (
            <>
              <Button
                size="sm"
                disabled={pieces.every(({ hasShard }) => hasShard)}
                onClick={() =>
                  actions.register(
                    pieces.filter(({ hasShard }) => !hasShard),
                    clear,
                  )
                }
              >
                Register as shards…
              </Button>
              <Button
                size="sm"
                disabled={!pieces.some(canRemove)}
                onClick={() => actions.remove(pieces.filter(canRemove), clear)}
              >
                Remove…
              </Button>
            </>
          )}
          onDelete={(pieces) => pieces.some(canRemove) && actions.remove(pieces.filter(canRemove))}
          empty={
            <EmptyState icon={Package} title="No pieces yet" action={add}>
              A piece is the data of a deal. Accepted deals put theirs here; a CAR can be added by hand.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}
