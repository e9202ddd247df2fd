import { Copy, FolderTree, LifeBuoy, Play, Trash2 } from 'lucide-react'
import type { ShardView } from '../../../src-shared/contract/index.ts'
import { ConfirmDialog, copyText, type MenuEntry, toast } from '../../components/index.ts'
import { attempt, goTo, openDialog, useServices } from '../../state/index.ts'
import { BulkDialog } from './bulk-dialog.tsx'

export interface ShardActions {
  browse: (shard: ShardView) => void
  initialize: (shards: ShardView[], ended?: () => void) => void
  recover: (shards: ShardView[], ended?: () => void) => void
  destroy: (shards: ShardView[], ended?: () => void) => void
}

const NOTHING_MORE = () => undefined

export function useShardActions(): ShardActions {
  const { client, stores } = useServices()
  return {
    browse: ({ key }) => goTo('shards', key, 'browse'),
    initialize: (shards, ended = NOTHING_MORE) => {
      const [first] = shards
      if (shards.length > 1)
        return openDialog((close) => <BulkDialog verb="Initialize" shards={shards} onEnded={ended} onClose={close} />)
      if (first !== undefined)
        void attempt('The shard could not be initialized', async () =>
          stores.shards.put(await client.shards.initialize({ key: first.key })),
        )
    },
    recover: (shards, ended = NOTHING_MORE) => {
      const [first] = shards
      if (shards.length > 1)
        return openDialog((close) => <BulkDialog verb="Recover" shards={shards} onEnded={ended} onClose={close} />)
      if (first !== undefined)
        void attempt('The shard could not be recovered', async () =>
          stores.shards.put(await client.shards.recover({ key: first.key })),
        )
    },
    destroy: (shards, ended = NOTHING_MORE) =>
      openDialog((close) => (
        <ConfirmDialog
          title={shards.length === 1 ? 'Destroy this shard?' : `Destroy ${shards.length.toLocaleString('en')} shards?`}
          verb="Destroy"
          typeToConfirm={shards.length > 1 ? 'destroy' : undefined}
          kept="The pieces themselves stay where they are; register them again to get their shards back."
          onClose={close}
          onConfirm={() => {
            close()
            void attempt('The shard could not be destroyed', async () => {
              for (const { key } of shards) await client.shards.destroy({ key })
              toast.done(shards.length === 1 ? 'Shard destroyed' : `${shards.length} shards destroyed`)
            }).then((done) => done && ended())
          }}
        >
          <p>
            Deletes{' '}
            {shards.length === 1 ? 'its index, its transient and its record' : 'their indexes, transients and records'}.
            Nobody can retrieve {shards.length === 1 ? 'its' : 'their'} data from this Carport any more.
          </p>
        </ConfirmDialog>
      )),
  }
}

export const canInitialize = ({ state }: ShardView): boolean => state === 'New'
export const canRecover = ({ state }: ShardView): boolean => state === 'Errored'
export const canBrowse = ({ state }: ShardView): boolean => state !== 'Errored'

export function shardMenu(actions: ShardActions, shards: ShardView[]): MenuEntry[] {
  const [first] = shards
  if (first === undefined) return []
  const one = shards.length === 1 ? first : null
  const fresh = shards.filter(canInitialize)
  const errored = shards.filter(canRecover)
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('shards', one.key) },
    one !== null && {
      label: 'Browse',
      icon: FolderTree,
      disabled: !canBrowse(one),
      onSelect: () => actions.browse(one),
    },
    fresh.length > 0 && {
      label: fresh.length === 1 ? 'Initialize' : `Initialize ${fresh.length}…`,
      icon: Play,
      onSelect: () => actions.initialize(fresh),
    },
    errored.length > 0 && {
      label: errored.length === 1 ? 'Recover' : `Recover ${errored.length}…`,
      icon: LifeBuoy,
      onSelect: () => actions.recover(errored),
    },
    'separator',
    { label: 'Copy keys', icon: Copy, onSelect: () => void copyText(shards.map(({ key }) => key).join('\n')) },
    errored.length > 0 && {
      label: 'Copy errors',
      onSelect: () => void copyText(errored.map(({ key, error }) => `${key}\t${error ?? ''}`).join('\n')),
    },
    'separator',
    { label: 'Destroy…', icon: Trash2, shortcut: 'Delete', danger: true, onSelect: () => actions.destroy(shards) },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}
