import { FileArchive, File as FileIcon, FolderPlus } from 'lucide-react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Age,
  baseName,
  type Chip,
  Cid,
  type Column,
  ProgressCell,
  StateBadge,
  Tooltip,
} from '../../components/index.ts'
import { healthOf, KIND_WORDS, needsPerson, PROFILE_WORDS } from './import-words.ts'

const ICONS = { linked: FileIcon, 'self-contained': FolderPlus, car: FileArchive }

export const IMPORT_COLUMNS: readonly Column<ImportView>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 200,
    grow: true,
    natural: true,
    text: ({ source }) => baseName(source),
    cell: ({ source, kind }) => {
      const Icon = ICONS[kind]
      return (
        <Tooltip text={source}>
          <span className="flex min-w-0 items-center gap-2">
            <Icon aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
            <span className="truncate font-medium">{baseName(source)}</span>
          </span>
        </Tooltip>
      )
    },
  },
  {
    id: 'root',
    title: 'Root',
    width: 152,
    yields: 3,
    text: ({ root }) => root ?? '',
    sortBy: ({ root }) => root,
    cell: ({ root }) => (root === null ? <span className="text-ink-faint">–</span> : <Cid value={root} kind="Root" />),
  },
  {
    id: 'size',
    title: 'Size',
    width: 84,
    end: true,
    text: ({ sizeBytes }) => formatBytes(sizeBytes),
    sortBy: ({ sizeBytes }) => sizeBytes,
  },
  {
    id: 'health',
    title: 'Health',
    width: 168,
    text: (view) => healthOf(view).label,
    sortBy: (view) => HEALTH_ORDER[healthOf(view).tone],
    cell: (view) =>
      view.progress === null ? (
        <StateBadge {...healthOf(view)} />
      ) : (
        <ProgressCell progress={view.progress} label={`Importing ${baseName(view.source)}`} />
      ),
  },
  { id: 'kind', title: 'Kept as', width: 104, yields: 1, text: ({ kind }) => KIND_WORDS[kind].label },
  {
    id: 'age',
    title: 'Imported',
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
    text: ({ blockCount }) => blockCount?.toLocaleString('en') ?? '–',
    sortBy: ({ blockCount }) => blockCount,
  },
  {
    id: 'profile',
    title: 'Profile',
    width: 128,
    optional: true,
    text: ({ profile }) => (profile === null ? '' : PROFILE_WORDS[profile].label),
  },
  { id: 'path', title: 'Path', width: 240, optional: true, text: ({ source }) => source },
]

const HEALTH_ORDER = { failed: 0, attention: 1, working: 2, waiting: 3, idle: 4, ok: 5 } as const

export const IMPORT_CHIPS: readonly Chip<ImportView>[] = [
  { id: 'attention', label: 'Need attention', test: needsPerson, onlyWithRows: true },
  { id: 'running', label: 'Importing', test: ({ state }) => state === 'importing', onlyWithRows: true },
  { id: 'linked', label: 'Linked', test: ({ kind }) => kind === 'linked' },
  { id: 'self-contained', label: 'Self-contained', test: ({ kind }) => kind === 'self-contained', onlyWithRows: true },
  { id: 'car', label: 'CARs', test: ({ kind }) => kind === 'car', onlyWithRows: true },
]
