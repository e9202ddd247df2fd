import type { ShardView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { type Chip, Cid, type Column, StateBadge, Tooltip } from '../../components/index.ts'
import { needsAttention, shardCauseTitle } from './error-causes.ts'
import { explanationOf, mountWord, shardStateOf } from './shard-words.ts'

const ORDER: Record<ShardView['state'], number> = {
  Errored: 0,
  Recovering: 1,
  Initializing: 2,
  New: 3,
  Serving: 4,
  Available: 5,
}

export const SHARD_COLUMNS: readonly Column<ShardView>[] = [
  { id: 'key', title: 'Key', width: 168, text: ({ key }) => key, cell: ({ key }) => <Cid value={key} kind="Shard" /> },
  {
    id: 'state',
    title: 'State',
    width: 124,
    text: ({ state }) => state,
    sortBy: ({ state }) => ORDER[state],
    cell: (shard) => (
      <Tooltip text={explanationOf(shard.state)}>
        <StateBadge {...shardStateOf(shard)} />
      </Tooltip>
    ),
  },
  {
    id: 'error',
    title: 'Error',
    width: 180,
    grow: true,
    text: ({ error }) => error ?? '',
    sortBy: ({ error }) => error,
    cell: (shard) =>
      shard.error === null ? (
        <span className="text-ink-faint">–</span>
      ) : (
        <Tooltip text={shard.error}>
          <span className="truncate text-ink-soft">{shardCauseTitle(shard)}</span>
        </Tooltip>
      ),
  },
  {
    id: 'size',
    title: 'Piece',
    fileTitle: 'Piece (bytes)',
    value: ({ sizeBytes }) => sizeBytes,
    width: 84,
    yields: 5,
    end: true,
    text: ({ sizeBytes }) => (sizeBytes === null ? '–' : formatBytes(sizeBytes)),
    sortBy: ({ sizeBytes }) => sizeBytes,
  },
  {
    id: 'index',
    title: 'Index',
    fileTitle: 'Index (bytes)',
    value: ({ indexBytes }) => indexBytes,
    width: 84,
    yields: 3,
    end: true,
    text: ({ indexBytes }) => (indexBytes === null ? '–' : formatBytes(indexBytes)),
    sortBy: ({ indexBytes }) => indexBytes,
  },
  {
    id: 'transient',
    title: 'Transient',
    value: ({ transientPath }) => transientPath,
    unsearched: true,
    width: 96,
    yields: 2,
    text: ({ transientPath }) => (transientPath === null ? '–' : 'Yes'),
  },
  {
    id: 'readers',
    title: 'Readers',
    value: ({ readers }) => readers,
    width: 92,
    yields: 4,
    end: true,
    text: ({ readers }) => (readers === 0 ? '–' : String(readers)),
    sortBy: ({ readers }) => readers,
  },
  { id: 'mount', title: 'Mount', width: 96, yields: 1, text: ({ url }) => mountWord(url) },
  { id: 'url', title: 'Mount address', width: 220, optional: true, text: ({ url }) => url },
  {
    id: 'lazy',
    title: 'Lazy',
    width: 64,
    optional: true,
    unsearched: true,
    value: ({ lazy }) => lazy,
    text: ({ lazy }) => (lazy ? 'Yes' : 'No'),
  },
]

export const SHARD_CHIPS: readonly Chip<ShardView>[] = [
  { id: 'errored', label: 'Errored', test: ({ state }) => state === 'Errored' },
  {
    id: 'damaged',
    label: 'Lacking blocks',
    test: (shard) => shard.state !== 'Errored' && needsAttention(shard),
    onlyWithRows: true,
  },
  { id: 'available', label: 'Available', test: ({ state }) => state === 'Available' },
  { id: 'new', label: 'New', test: ({ state }) => state === 'New' },
  // Those that come and go stand last: the others stay where they are.
  { id: 'serving', label: 'Serving', test: ({ state }) => state === 'Serving', onlyWithRows: true },
  {
    id: 'working',
    label: 'Working',
    test: ({ state }) => state === 'Initializing' || state === 'Recovering',
    onlyWithRows: true,
  },
]
