import { CircleDashed } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import {
  type Chip,
  type Column,
  DataTable,
  Drawer,
  EmptyState,
  type Fact,
  Facts,
  Section,
  Split,
  StateBadge,
  type Tone,
  Tooltip,
} from '../../components/index.ts'
import { useTableView } from '../../state/index.ts'

/** What the tables of a plan have in common. */

const BY_ACTION = { column: 'action', descending: false }
const NO_ROWS = <EmptyState icon={CircleDashed} title="Nothing of this kind is in the repositories" />

/** One row, whole: a reason is often longer than its cell. */
export interface PlanDetails {
  kind: string
  title: ReactNode
  outcome: { tone: Tone; label: string }
  reason: string | null
  facts: readonly Fact[]
}

interface PlanTableProps<Row extends object> {
  /** Under which its filter and columns are kept. */
  name: string
  label: string
  rows: readonly Row[]
  idOf: (row: Row) => string
  nameOf: (row: Row) => string
  columns: readonly Column<Row>[]
  chips: readonly Chip<Row>[]
  details: (row: Row) => PlanDetails
}

export function PlanTable<Row extends object>({ name, rows, idOf, details, ...table }: PlanTableProps<Row>) {
  const view = useTableView(name, BY_ACTION)
  const [openId, setOpenId] = useState<string | null>(null)
  const open = openId === null ? undefined : rows.find((row) => idOf(row) === openId)
  const detail =
    open === undefined ? null : <PlanDrawer details={details(open)} onClose={() => setOpenId(null)} key={openId} />
  return (
    <div className="-mr-5 min-h-0 flex-1">
      <Split detail={detail}>
        <div className="flex h-full flex-col pr-5">
          <DataTable
            rows={rows}
            idOf={idOf}
            {...table}
            {...view}
            status="live"
            asOf={null}
            empty={NO_ROWS}
            openId={open === undefined ? null : openId}
            onOpen={setOpenId}
          />
        </div>
      </Split>
    </div>
  )
}

function PlanDrawer({ details, onClose }: { details: PlanDetails; onClose: () => void }) {
  const { kind, title, outcome, reason, facts } = details
  return (
    <Drawer kind={kind} title={title} state={<StateBadge {...outcome} look="filled" />} onClose={onClose}>
      {reason !== null && (
        <Section title="Why">
          <p className="selectable break-words text-ink-soft text-xs">{reason}</p>
        </Section>
      )}
      <Section title="What it is">
        <Facts facts={facts} />
      </Section>
    </Drawer>
  )
}

/** Why, in a sentence that may be longer than its cell. */
export function Reason({ text }: { text: string | null }) {
  if (text === null) return <span className="text-ink-faint">–</span>
  return (
    <Tooltip text={text}>
      <span className="truncate text-ink-soft">{text}</span>
    </Tooltip>
  )
}
