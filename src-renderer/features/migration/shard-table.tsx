import { type Chip, Cid, type Column, StateBadge, type Tone } from '../../components/index.ts'
import type { ShardRow } from './outcomes.ts'
import { type PlanDetails, PlanTable, Reason } from './plan-table-parts.tsx'

const OUTCOMES: Record<ShardRow['outcome'], { tone: Tone; label: string; rank: number }> = {
  failed: { tone: 'failed', label: 'Failed', rank: 0 },
  fail: { tone: 'failed', label: 'Will fail', rank: 1 },
  register: { tone: 'waiting', label: 'Will be registered', rank: 3 },
  registered: { tone: 'ok', label: 'Registered', rank: 5 },
  skip: { tone: 'idle', label: 'Left out', rank: 6 },
  present: { tone: 'ok', label: 'There already', rank: 7 },
}
const COPIES = {
  unsealed: { tone: 'ok', label: 'Unsealed' },
  'sealed-only': { tone: 'attention', label: 'Sealed only' },
  missing: { tone: 'attention', label: 'Missing' },
  unknown: { tone: 'attention', label: 'Cannot be told' },
} as const

const COLUMNS: readonly Column<ShardRow>[] = [
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
    text: ({ outcome }) => OUTCOMES[outcome].label,
    // Those that cannot be read stand first among their like.
    sortBy: ({ outcome, unreadable }) => OUTCOMES[outcome].rank - Number(unreadable),
    cell: ({ outcome }) => <StateBadge tone={OUTCOMES[outcome].tone} label={OUTCOMES[outcome].label} />,
  },
  {
    id: 'piece',
    title: 'Copy',
    width: 128,
    text: ({ pieceState }) => (pieceState === null ? '–' : COPIES[pieceState].label),
    cell: ({ pieceState }) =>
      pieceState === null ? <span className="text-ink-faint">–</span> : <StateBadge {...COPIES[pieceState]} />,
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
const CHIPS: readonly Chip<ShardRow>[] = [
  ...(['failed', 'fail', 'register', 'registered'] as const).map(chipOf),
  { id: 'unreadable', label: 'Cannot be read yet', test: ({ unreadable }) => unreadable, onlyWithRows: true },
  ...(['skip', 'present'] as const).map(chipOf),
]
const keyOf = ({ key }: ShardRow) => key

export function ShardTable({ rows }: { rows: readonly ShardRow[] }) {
  return (
    <PlanTable
      name="migration-shards"
      label="Shards of the plan"
      rows={rows}
      idOf={keyOf}
      nameOf={keyOf}
      columns={COLUMNS}
      chips={CHIPS}
      details={detailsOf}
    />
  )
}

function chipOf(outcome: ShardRow['outcome']): Chip<ShardRow> {
  return { id: outcome, label: OUTCOMES[outcome].label, test: (row) => row.outcome === outcome, onlyWithRows: true }
}

function detailsOf({ key, outcome, pieceState, reason }: ShardRow): PlanDetails {
  return {
    kind: 'Shard of the plan',
    title: <Cid value={key} kind="Piece" full />,
    outcome: OUTCOMES[outcome],
    reason,
    facts: [['Copy', pieceState === null ? 'Not looked for' : <StateBadge key="copy" {...COPIES[pieceState]} />]],
  }
}
