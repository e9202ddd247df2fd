import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Age, type Chip, Cid, type Column, ProgressCell, StateBadge, Tooltip } from '../../components/index.ts'
import type { Named } from '../names/index.ts'
import { isRunning, nameOfRetrieval, retrievalStateOf } from './retrieval-words.ts'

export type RetrievalRow = Named<RetrievalView>

const ORDER = { failed: 0, attention: 1, working: 2, waiting: 3, idle: 4, ok: 5 } as const

export const RETRIEVAL_COLUMNS: readonly Column<RetrievalRow>[] = [
  {
    id: 'where',
    title: 'Where it is',
    width: 200,
    grow: true,
    natural: true,
    text: ({ path, name, carPath }) => path ?? name ?? carPath,
    cell: (view) => (
      <Tooltip text={view.path ?? view.carPath}>
        <span className="truncate font-medium">
          {view.path !== null ? (
            nameOfRetrieval(view)
          ) : (
            <>
              {view.name} <span className="font-normal text-ink-faint">in Carport only</span>
            </>
          )}
        </span>
      </Tooltip>
    ),
  },
  {
    id: 'root',
    title: 'Root',
    width: 152,
    text: ({ root }) => root,
    cell: ({ root }) => <Cid value={root} kind="Root" />,
  },
  {
    id: 'size',
    title: 'Size',
    width: 84,
    end: true,
    text: ({ carSizeBytes, receivedBytes }) => formatBytes(carSizeBytes ?? receivedBytes),
    sortBy: ({ carSizeBytes, receivedBytes }) => carSizeBytes ?? receivedBytes,
  },
  {
    id: 'state',
    title: 'State',
    width: 168,
    text: (view) => retrievalStateOf(view).label,
    sortBy: (view) => ORDER[retrievalStateOf(view).tone],
    cell: (view) =>
      view.progress === null ? (
        <StateBadge {...retrievalStateOf(view)} />
      ) : (
        <ProgressCell progress={view.progress} label={`Retrieving ${nameOfRetrieval(view)}`} />
      ),
  },
  {
    id: 'provider',
    title: 'From',
    width: 176,
    yields: 1,
    text: ({ provider }) => (provider === 'local' ? 'Here' : provider),
  },
  {
    id: 'age',
    title: 'Started',
    width: 88,
    yields: 2,
    end: true,
    text: ({ createdAt }) => createdAt,
    sortBy: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => (
      <span className="text-ink-soft">
        <Age at={createdAt} />
      </span>
    ),
  },
  {
    id: 'blocks',
    title: 'Blocks',
    width: 80,
    end: true,
    optional: true,
    text: ({ blockCount }) => blockCount.toLocaleString('en'),
    sortBy: ({ blockCount }) => blockCount,
  },
]

export const RETRIEVAL_CHIPS: readonly Chip<RetrievalRow>[] = [
  { id: 'running', label: 'Running', test: isRunning, onlyWithRows: true },
  { id: 'whole', label: 'Whole', test: ({ state, complete }) => state === 'done' && complete },
  {
    id: 'attention',
    label: 'Need attention',
    test: ({ state, complete }) => state === 'failed' || (state === 'done' && !complete),
    onlyWithRows: true,
  },
]
