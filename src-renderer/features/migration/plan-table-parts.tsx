import { CircleDashed } from 'lucide-react'
import { EmptyState, Tooltip } from '../../components/index.ts'

/** What the tables of a plan have in common. */

export const BY_ACTION = { column: 'action', descending: false }

const NOTHING = () => undefined
const NO_ROWS = <EmptyState icon={CircleDashed} title="Nothing of this kind is in the repositories" />
export const COMMON = { status: 'live', asOf: null, empty: NO_ROWS, openId: null, onOpen: NOTHING } as const

/** Why, in a sentence that may be longer than its cell. */
export function Reason({ text }: { text: string | null }) {
  if (text === null) return <span className="text-ink-faint">–</span>
  return (
    <Tooltip text={text}>
      <span className="truncate text-ink-soft">{text}</span>
    </Tooltip>
  )
}
