import { Copy, Database, FolderSearch, ScanSearch, Trash2 } from 'lucide-react'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { ConfirmDialog, copyText, type MenuEntry, toast } from '../../components/index.ts'
import { attempt, goTo, openDialog, useInfo, useServices } from '../../state/index.ts'
import { counted } from '../paths/index.ts'
import { openBulkDialog } from '../shards/index.ts'

export interface PieceActions {
  register: (pieces: PieceView[], ended?: () => void) => void
  remove: (pieces: PieceView[], ended?: () => void) => void
  verify: (piece: PieceView) => void
  reveal: ((piece: PieceView) => void) | null
}

const NOTHING_MORE = () => undefined

export function usePieceActions(): PieceActions {
  const { client } = useServices()
  const info = useInfo()
  return {
    register: (pieces, ended = NOTHING_MORE) => {
      if (pieces.length > 0) registerMissing(pieces, ended)
    },
    remove: (pieces, ended = NOTHING_MORE) =>
      openDialog((close) => (
        <ConfirmDialog
          title={pieces.length === 1 ? 'Remove this piece?' : `Remove ${pieces.length} pieces?`}
          verb="Remove"
          typeToConfirm={pieces.length > 1 ? 'remove' : undefined}
          onClose={close}
          onConfirm={() => {
            close()
            void attempt('The piece could not be removed', async () => {
              let freedBytes = 0
              for (const { pieceCid } of pieces) freedBytes += (await client.pieces.remove({ pieceCid })).freedBytes
              toast.done(`${counted(pieces.length, 'piece')} removed`, {
                description: `${formatBytes(freedBytes)} freed.`,
              })
            }).then((done) => done && ended())
          }}
        >
          <p>
            Deletes the unsealed {pieces.length === 1 ? 'copy' : 'copies'} and frees{' '}
            {formatBytes(pieces.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0))}. Shards of{' '}
            {pieces.length === 1 ? 'it' : 'them'} will fail. This cannot be undone.
          </p>
        </ConfirmDialog>
      )),
    verify: ({ path }) => path !== null && goTo('inspect', path),
    reveal:
      info?.abilities.reveal === true
        ? ({ path }) => {
            if (path !== null) void attempt('The file could not be shown', () => client.system.reveal({ path }))
          }
        : null,
  }
}

/** Registers many after a look at what that would do: which are registered, and which are passed over and why. */
export function registerMissing(pieces: readonly PieceView[], started?: () => void): void {
  openBulkDialog({
    verb: 'register',
    wanted: { keys: pieces.map(({ pieceCid }) => pieceCid) },
    title: `Register ${counted(pieces.length, 'missing shard')}`,
    onStarted: started,
  })
}

/** Pieces in Carport's own directory are Carport's to remove; those of others are not. */
export const canRemove = ({ source, path }: PieceView): boolean => source === 'directory' && path !== null

export function pieceMenu(actions: PieceActions, pieces: PieceView[]): MenuEntry[] {
  const [first] = pieces
  if (first === undefined) return []
  const one = pieces.length === 1 ? first : null
  const bare = pieces.filter(({ hasShard }) => !hasShard)
  const removable = pieces.filter(canRemove)
  const { reveal } = actions
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('pieces', one.pieceCid) },
    one?.hasShard === true && { label: 'Show shard', icon: Database, onSelect: () => goTo('shards', one.pieceCid) },
    bare.length > 0 && { label: 'Register as shard', icon: Database, onSelect: () => actions.register(bare) },
    one !== null && one.path !== null && { label: 'Verify', icon: ScanSearch, onSelect: () => actions.verify(one) },
    one !== null &&
      one.path !== null &&
      reveal !== null && { label: 'Show in folder', icon: FolderSearch, onSelect: () => reveal(one) },
    {
      label: 'Copy piece CIDs',
      icon: Copy,
      onSelect: () => void copyText(pieces.map(({ pieceCid }) => pieceCid).join('\n')),
    },
    'separator',
    {
      label: 'Remove…',
      icon: Trash2,
      shortcut: 'Delete',
      danger: true,
      disabled: removable.length === 0,
      onSelect: () => actions.remove(removable),
    },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}
