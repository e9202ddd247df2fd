import { baseName, type Chip, Cid, type Column, StateBadge, type Tone, Tooltip } from '../../components/index.ts'
import type { ImportRow } from './outcomes.ts'
import { type PlanDetails, PlanTable, Reason } from './plan-table-parts.tsx'

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

export function ImportTable({ rows }: { rows: readonly ImportRow[] }) {
  return (
    <PlanTable
      name="migration-imports"
      label="Imports of the plan"
      rows={rows}
      idOf={importId}
      nameOf={importName}
      columns={IMPORT_COLUMNS}
      chips={IMPORT_CHIPS}
      details={detailsOf}
    />
  )
}

function detailsOf({ id, source, carPath, root, outcome, reason }: ImportRow): PlanDetails {
  return {
    kind: 'Import of the plan',
    title: baseName(source) || `Import ${id}`,
    outcome: IMPORT_OUTCOMES[outcome],
    reason,
    facts: [
      ['Import', id],
      ['File', source === '' ? null : source],
      ['CAR', carPath],
      ['Root', root === null ? null : <Cid key="root" value={root} kind="Root" full />],
    ],
  }
}
