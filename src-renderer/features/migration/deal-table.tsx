import { formatBytes } from '../../../src-shared/format/index.ts'
import { type Chip, Cid, type Column, StateBadge, type Tone } from '../../components/index.ts'
import type { DealRow } from './outcomes.ts'
import { type PlanDetails, PlanTable, Reason } from './plan-table-parts.tsx'

const OUTCOMES: Record<DealRow['outcome'], { tone: Tone; label: string; rank: number }> = {
  failed: { tone: 'failed', label: 'Failed', rank: 0 },
  fail: { tone: 'failed', label: 'Will fail', rank: 1 },
  register: { tone: 'waiting', label: 'Becomes a shard', rank: 3 },
  registered: { tone: 'ok', label: 'Became a shard', rank: 5 },
  present: { tone: 'ok', label: 'Is a shard already', rank: 6 },
  skip: { tone: 'idle', label: 'Left out', rank: 7 },
}

const COLUMNS: readonly Column<DealRow>[] = [
  { id: 'deal', title: 'Deal', width: 84, natural: true, text: ({ dealId }) => (dealId === '0' ? 'Not yet' : dealId) },
  {
    id: 'state',
    title: 'State in Lotus',
    width: 148,
    text: ({ stateName, state }) => stateName || `State ${state}`,
    cell: ({ stateName, state }) => (
      <span className="truncate" title={stateName}>
        {stateName.replace(/^StorageDeal/, '') || `State ${state}`}
      </span>
    ),
  },
  {
    id: 'action',
    title: 'What happens',
    width: 152,
    text: ({ outcome }) => OUTCOMES[outcome].label,
    sortBy: ({ outcome, unreadable }) => OUTCOMES[outcome].rank - Number(unreadable),
    cell: ({ outcome }) => <StateBadge tone={OUTCOMES[outcome].tone} label={OUTCOMES[outcome].label} />,
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
    yields: 2,
    end: true,
    text: ({ pieceSize }) => formatBytes(pieceSize),
    sortBy: ({ pieceSize }) => pieceSize,
  },
  { id: 'proposal', title: 'Proposal', width: 152, optional: true, text: ({ proposalCid }) => proposalCid },
]
const CHIPS: readonly Chip<DealRow>[] = [
  ...(['failed', 'fail', 'register', 'registered'] as const).map(chipOf),
  { id: 'unreadable', label: 'Cannot be read yet', test: ({ unreadable }) => unreadable, onlyWithRows: true },
  ...(['present', 'skip'] as const).map(chipOf),
]
const idOf = ({ proposalCid }: DealRow) => proposalCid
const nameOf = (deal: DealRow) => `Deal ${deal.dealId}`

export function DealTable({ rows }: { rows: readonly DealRow[] }) {
  return (
    <PlanTable
      name="migration-deals"
      label="Deals of the plan"
      rows={rows}
      idOf={idOf}
      nameOf={nameOf}
      columns={COLUMNS}
      chips={CHIPS}
      details={detailsOf}
    />
  )
}

function chipOf(outcome: DealRow['outcome']): Chip<DealRow> {
  return { id: outcome, label: OUTCOMES[outcome].label, test: (row) => row.outcome === outcome, onlyWithRows: true }
}

function detailsOf({
  dealId,
  proposalCid,
  pieceCid,
  pieceSize,
  stateName,
  state,
  outcome,
  reason,
}: DealRow): PlanDetails {
  return {
    kind: 'Deal of the plan',
    title: dealId === '0' ? 'A deal that is not on the chain yet' : `Deal ${dealId}`,
    outcome: OUTCOMES[outcome],
    reason,
    facts: [
      ['State in Lotus', stateName || `State ${state}`],
      ['Piece', <Cid key="piece" value={pieceCid} kind="Piece" full />],
      ['Piece size', formatBytes(pieceSize)],
      ['Proposal', <Cid key="proposal" value={proposalCid} kind="Proposal" full />],
    ],
  }
}
