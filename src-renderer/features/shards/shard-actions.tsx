import { Copy, FolderTree, Trash2 } from 'lucide-react'
import type { BulkVerb, ShardView } from '../../../src-shared/contract/index.ts'
import { copyText, type MenuEntry } from '../../components/index.ts'
import { goTo } from '../../state/index.ts'
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

/** Whatever is done, to one shard or to many, is planned first: the dry run says what would be done, or why not. */
export function useShardActions(): ShardActions {
  const planned =
    (verb: BulkVerb): Act =>
    (shards, started) =>
      shards.length > 0 && openBulkDialog({ verb, wanted: { keys: shards.map(({ key }) => key) }, onStarted: started })
  return {
    browse: ({ key }) => goTo('shards', key, 'browse'),
    initialize: planned('initialize'),
    recover: planned('recover'),
    reindex: planned('reindex'),
    acquire: planned('acquire'),
    destroy: planned('destroy'),
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
        able.length === 1
          ? `${BULK_WORDS[name].verb}…`
          : `${BULK_WORDS[name].verb} ${able.length.toLocaleString('en')}…`,
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
