import { Copy, FolderTree, Trash2 } from 'lucide-react'
import type { BulkVerb, ShardView } from '../../../src-shared/contract/index.ts'
import { copyText, type MenuEntry } from '../../components/index.ts'
import { attempt, goTo, useServices } from '../../state/index.ts'
import { openBulkDialog } from './bulk/bulk-dialog.tsx'
import { BULK_WORDS } from './bulk/bulk-words.ts'

type Act = (shards: ShardView[], started?: () => void) => void

export interface ShardActions {
  browse: (shard: ShardView) => void
  initialize: Act
  recover: Act
  reindex: Act
  acquire: Act
  destroy: Act
}

/** What is done to one shard is done at once; to many it is planned first. Nothing is destroyed without a question. */
export function useShardActions(): ShardActions {
  const { client, stores } = useServices()
  const many =
    (verb: BulkVerb): Act =>
    (shards, started) =>
      shards.length > 0 && openBulkDialog({ verb, wanted: { keys: shards.map(({ key }) => key) }, onStarted: started })
  const oneOrMany =
    (verb: 'initialize' | 'recover' | 'reindex'): Act =>
    (shards, started) => {
      const [first] = shards
      if (first === undefined || shards.length > 1) return many(verb)(shards, started)
      void attempt(`The shard could not be ${BULK_WORDS[verb].ed}`, async () =>
        stores.shards.put(await client.shards[verb]({ key: first.key })),
      )
    }
  return {
    browse: ({ key }) => goTo('shards', key, 'browse'),
    initialize: oneOrMany('initialize'),
    recover: oneOrMany('recover'),
    reindex: oneOrMany('reindex'),
    acquire: many('acquire'),
    destroy: many('destroy'),
  }
}

export const canInitialize = ({ state }: ShardView): boolean => state === 'New'
export const canRecover = ({ state }: ShardView): boolean => state === 'Errored'
export const canReindex = ({ state }: ShardView): boolean => state === 'Available' || state === 'Serving'
export const canBrowse = ({ state }: ShardView): boolean => state !== 'Errored'

export function shardMenu(actions: ShardActions, shards: ShardView[]): MenuEntry[] {
  const [first] = shards
  if (first === undefined) return []
  const one = shards.length === 1 ? first : null
  const errored = shards.filter(canRecover)
  const verb = (name: 'initialize' | 'recover' | 'reindex', able: ShardView[]): MenuEntry | false =>
    able.length > 0 && {
      label:
        able.length === 1 ? BULK_WORDS[name].verb : `${BULK_WORDS[name].verb} ${able.length.toLocaleString('en')}…`,
      icon: BULK_WORDS[name].icon,
      onSelect: () => actions[name](able),
    }
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('shards', one.key) },
    one !== null && {
      label: 'Browse',
      icon: FolderTree,
      disabled: !canBrowse(one),
      onSelect: () => actions.browse(one),
    },
    verb('initialize', shards.filter(canInitialize)),
    verb('recover', errored),
    verb('reindex', shards.filter(canReindex)),
    {
      label: one === null ? `Acquire ${shards.length.toLocaleString('en')}…` : 'Acquire…',
      icon: BULK_WORDS.acquire.icon,
      onSelect: () => actions.acquire(shards),
    },
    'separator',
    {
      label: one === null ? 'Copy keys' : 'Copy key',
      icon: Copy,
      onSelect: () => void copyText(shards.map(({ key }) => key).join('\n')),
    },
    errored.length > 0 && {
      label: errored.length === 1 ? 'Copy error' : 'Copy errors',
      onSelect: () => void copyText(errored.map(({ key, error }) => `${key}\t${error ?? ''}`).join('\n')),
    },
    'separator',
    { label: 'Destroy…', icon: Trash2, shortcut: 'Delete', danger: true, onSelect: () => actions.destroy(shards) },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}
