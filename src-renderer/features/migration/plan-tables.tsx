import { CircleDashed } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { MigrationDeal } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  baseName,
  type Chip,
  Cid,
  type Column,
  DataTable,
  EmptyState,
  Segmented,
  StateBadge,
  type Tone,
  Tooltip,
} from '../../components/index.ts'
import { useTableView } from '../../state/index.ts'
import type { MigrationWork } from './migration-work.ts'
import { type ImportRow, importRows, type ShardRow, shardRows } from './outcomes.ts'

type Kind = 'shards' | 'deals' | 'imports'

/** Every item of the plan, with what happens to it and why. */
export function PlanTables({ work }: { work: MigrationWork }) {
  const [kind, setKind] = useState<Kind>(work.shards.length === 0 && work.imports.length > 0 ? 'imports' : 'shards')
  const counts = useMemo(
    () => [
      { value: 'shards' as const, label: `Shards ${work.shards.length.toLocaleString('en')}` },
      { value: 'deals' as const, label: `Deals ${work.deals.length.toLocaleString('en')}` },
      { value: 'imports' as const, label: `Imports ${work.imports.length.toLocaleString('en')}` },
    ],
    [work.shards.length, work.deals.length, work.imports.length],
  )
  const shards = useMemo(() => shardRows(work), [work])
  const imports = useMemo(() => importRows(work), [work])
  return (
    <>
      <div className="pb-3">
        <Segmented label="Items of the plan" value={kind} onChange={setKind} choices={counts} />
      </div>
      {kind === 'shards' && <ShardTable rows={shards} />}
      {kind === 'deals' && <DealTable rows={work.deals} />}
      {kind === 'imports' && <ImportTable rows={imports} />}
    </>
  )
}

const NOTHING = () => undefined
const BY_ACTION = { column: 'action', descending: false }
const NO_ROWS = <EmptyState icon={CircleDashed} title="Nothing of this kind is in the repositories" />
const COMMON = { status: 'live', asOf: null, empty: NO_ROWS, openId: null, onOpen: NOTHING } as const

const SHARD_OUTCOMES: Record<ShardRow['outcome'], { tone: Tone; label: string; rank: number }> = {
  failed: { tone: 'failed', label: 'Failed', rank: 0 },
  register: { tone: 'waiting', label: 'Will be registered', rank: 1 },
  registered: { tone: 'ok', label: 'Registered', rank: 2 },
  skip: { tone: 'idle', label: 'Left out', rank: 3 },
  present: { tone: 'ok', label: 'There already', rank: 4 },
}
const PIECE_WORDS = { unsealed: 'Unsealed', 'sealed-only': 'Sealed only', missing: 'Missing' }

const SHARD_COLUMNS: readonly Column<ShardRow>[] = [
  {
    id: 'key',
    title: 'Piece',
    width: 168,
    text: ({ key }) => key,
    cell: ({ key }) => <Cid value={key} kind="Piece" />,
  },
  {
    id: 'action',
    title: 'What happens',
    width: 152,
    text: ({ outcome }) => SHARD_OUTCOMES[outcome].label,
    sortBy: ({ outcome }) => SHARD_OUTCOMES[outcome].rank,
    cell: ({ outcome }) => <StateBadge tone={SHARD_OUTCOMES[outcome].tone} label={SHARD_OUTCOMES[outcome].label} />,
  },
  {
    id: 'piece',
    title: 'Copy',
    width: 108,
    text: ({ pieceState }) => (pieceState === null ? '–' : PIECE_WORDS[pieceState]),
  },
  {
    id: 'reason',
    title: 'Why',
    width: 240,
    grow: true,
    text: ({ reason }) => reason ?? '',
    cell: ({ reason }) => <Reason text={reason} />,
  },
]
const SHARD_CHIPS: readonly Chip<ShardRow>[] = (['failed', 'register', 'registered', 'skip', 'present'] as const).map(
  (outcome) => ({
    id: outcome,
    label: SHARD_OUTCOMES[outcome].label,
    test: (row) => row.outcome === outcome,
    onlyWithRows: true,
  }),
)
const shardId = ({ key }: ShardRow) => key

function ShardTable({ rows }: { rows: readonly ShardRow[] }) {
  const table = useTableView('migration-shards', BY_ACTION)
  return (
    <DataTable
      label="Shards of the plan"
      rows={rows}
      idOf={shardId}
      nameOf={shardId}
      columns={SHARD_COLUMNS}
      chips={SHARD_CHIPS}
      {...table}
      {...COMMON}
    />
  )
}

const DEAL_COLUMNS: readonly Column<MigrationDeal>[] = [
  { id: 'deal', title: 'Deal', width: 100, text: ({ dealId }) => (dealId === '0' ? 'Not yet' : dealId) },
  { id: 'state', title: 'State in Lotus', width: 200, text: ({ stateName, state }) => stateName || `State ${state}` },
  {
    id: 'action',
    title: 'What happens',
    width: 136,
    text: ({ eligible }) => (eligible ? 'Becomes a shard' : 'Left out'),
    sortBy: ({ eligible }) => (eligible ? 0 : 1),
    cell: ({ eligible }) => (
      <StateBadge tone={eligible ? 'waiting' : 'idle'} label={eligible ? 'Becomes a shard' : 'Left out'} />
    ),
  },
  {
    id: 'reason',
    title: 'Why',
    width: 200,
    grow: true,
    text: ({ reason }) => reason ?? '',
    cell: ({ reason }) => <Reason text={reason} />,
  },
  {
    id: 'piece',
    title: 'Piece',
    width: 152,
    yields: 1,
    text: ({ pieceCid }) => pieceCid,
    cell: ({ pieceCid }) => <Cid value={pieceCid} kind="Piece" />,
  },
  {
    id: 'size',
    title: 'Piece size',
    width: 88,
    end: true,
    text: ({ pieceSize }) => formatBytes(pieceSize),
    sortBy: ({ pieceSize }) => pieceSize,
  },
  { id: 'proposal', title: 'Proposal', width: 152, optional: true, text: ({ proposalCid }) => proposalCid },
]
const DEAL_CHIPS: readonly Chip<MigrationDeal>[] = [
  { id: 'eligible', label: 'Become shards', test: ({ eligible }) => eligible },
  { id: 'skip', label: 'Left out', test: ({ eligible }) => !eligible, onlyWithRows: true },
]
const dealId = ({ proposalCid }: MigrationDeal) => proposalCid
const dealName = (deal: MigrationDeal) => `Deal ${deal.dealId}`

function DealTable({ rows }: { rows: readonly MigrationDeal[] }) {
  const table = useTableView('migration-deals', BY_ACTION)
  return (
    <DataTable
      label="Deals of the plan"
      rows={rows}
      idOf={dealId}
      nameOf={dealName}
      columns={DEAL_COLUMNS}
      chips={DEAL_CHIPS}
      {...table}
      {...COMMON}
    />
  )
}

const IMPORT_OUTCOMES: Record<ImportRow['outcome'], { tone: Tone; label: string; rank: number }> = {
  failed: { tone: 'failed', label: 'Failed', rank: 0 },
  take: { tone: 'waiting', label: 'Will be taken over', rank: 1 },
  again: { tone: 'waiting', label: 'Will be imported again', rank: 1 },
  taken: { tone: 'ok', label: 'Taken over', rank: 2 },
  broken: { tone: 'attention', label: 'Broken', rank: 3 },
  legacy: { tone: 'idle', label: 'Cannot be imported again', rank: 4 },
  present: { tone: 'ok', label: 'There already', rank: 5 },
}

const IMPORT_COLUMNS: readonly Column<ImportRow>[] = [
  {
    id: 'source',
    title: 'File',
    width: 200,
    grow: true,
    natural: true,
    text: ({ source }) => source,
    cell: ({ source }) => (
      <Tooltip text={source}>
        <span className="truncate font-medium">{baseName(source)}</span>
      </Tooltip>
    ),
  },
  {
    id: 'action',
    title: 'What happens',
    width: 164,
    text: ({ outcome }) => IMPORT_OUTCOMES[outcome].label,
    sortBy: ({ outcome }) => IMPORT_OUTCOMES[outcome].rank,
    cell: ({ outcome }) => <StateBadge tone={IMPORT_OUTCOMES[outcome].tone} label={IMPORT_OUTCOMES[outcome].label} />,
  },
  {
    id: 'reason',
    title: 'Why',
    width: 240,
    text: ({ reason }) => reason ?? '',
    cell: ({ reason }) => <Reason text={reason} />,
  },
  {
    id: 'root',
    title: 'Root',
    width: 152,
    yields: 1,
    text: ({ root }) => root ?? '',
    cell: ({ root }) => (root === null ? <span className="text-ink-faint">–</span> : <Cid value={root} kind="Root" />),
  },
]
const IMPORT_CHIPS: readonly Chip<ImportRow>[] = (
  ['failed', 'take', 'again', 'taken', 'broken', 'legacy', 'present'] as const
).map((outcome) => ({
  id: outcome,
  label: IMPORT_OUTCOMES[outcome].label,
  test: (row) => row.outcome === outcome,
  onlyWithRows: true,
}))
const importId = ({ id }: ImportRow) => id
const importName = ({ source }: ImportRow) => baseName(source)

function ImportTable({ rows }: { rows: readonly ImportRow[] }) {
  const table = useTableView('migration-imports', BY_ACTION)
  return (
    <DataTable
      label="Imports of the plan"
      rows={rows}
      idOf={importId}
      nameOf={importName}
      columns={IMPORT_COLUMNS}
      chips={IMPORT_CHIPS}
      {...table}
      {...COMMON}
    />
  )
}

function Reason({ text }: { text: string | null }) {
  if (text === null) return <span className="text-ink-faint">–</span>
  return (
    <Tooltip text={text}>
      <span className="truncate text-ink-soft">{text}</span>
    </Tooltip>
  )
}
