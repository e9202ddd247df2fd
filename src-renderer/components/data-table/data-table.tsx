import { ArrowUp } from 'lucide-react'
import { type ReactNode, useMemo, useRef, useState } from 'react'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import type { MenuEntry } from '../menu.tsx'
import { useWidth } from '../use-width.ts'
import { BulkBar } from './bulk-bar.tsx'
import { ChipCounter } from './chip-counts.ts'
import { type Chip, type Column, ROW_PX, type RowDensity, type TableView } from './column.ts'
import { FilterBar } from './filter-bar.tsx'
import { EDGES_PX, Grid } from './grid.tsx'
import { RowTips } from './row-tips.tsx'
import { NOTHING_CHOSEN, type Selection } from './selection.ts'
import { countText, FailedNote, NothingMatches, Skeleton, StaleNote } from './table-notes.tsx'
import { useChoice } from './use-choice.ts'
import { useColumns } from './use-columns.ts'
import { useHeld } from './use-held.ts'
import { useVisibleRows } from './use-visible-rows.ts'
import { exportMenu, viewMenu } from './view-menu.ts'

export interface DataTableProps<Row extends object> {
  /** Accessible name: the title of the screen. */
  label: string
  rows: readonly Row[]
  idOf: (row: Row) => string
  /** What a row is called, for its accessible name. */
  nameOf: (row: Row) => string
  columns: readonly Column<Row>[]
  chips?: readonly Chip<Row>[]
  view: TableView
  onView: (change: Partial<TableView>) => void
  density: RowDensity
  status: 'loading' | 'live' | 'stale'
  asOf: number | null
  /** Why nothing is known yet. */
  error?: ErrorValue | null
  /** Shown instead of the table when there is nothing at all. */
  empty: ReactNode
  /** Id of the row whose details are open. */
  openId: string | null
  onOpen: (id: string | null) => void
  /** Verbs for one row or all chosen ones; the context menu. */
  menu?: (rows: Row[]) => MenuEntry[]
  /** Buttons at the end of the row under the pointer. */
  rowActions?: (row: Row) => ReactNode
  /** Buttons for the chosen rows. */
  bulkActions?: (rows: Row[], clear: () => void) => ReactNode
  /** Ids that the search finds besides those whose words match: what a row holds is not among its columns. */
  alsoFound?: ReadonlySet<string> | null
  /** Before the filters: which saved view it is. */
  lead?: ReactNode
  /** The Delete key. */
  onDelete?: (rows: Row[]) => void
}

const ALL = 'all'
/** Narrower rows would be all buttons. There, and while details are open, the verbs are in the details and the menu. */
const ROOM_FOR_ACTIONS_PX = 640
const NO_CHIPS: never[] = []

/** The one table: virtual rows, any sorting, chips, search, choice of many, keyboard. Holds rows still when pointed at. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const isEmpty = props.rows.length === 0 && props.status === 'live'
  return isEmpty ? <div className="min-h-0 flex-1">{props.empty}</div> : <FilledTable {...props} />
}

function FilledTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, idOf, columns, chips = NO_CHIPS, view, onView, status, asOf, error = null, bulkActions } = props
  const scroller = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const widthPx = useWidth(frame)
  const shown = useColumns(columns, view, onView, Math.max(0, widthPx - EDGES_PX))
  const { rows: visible, waiting } = useVisibleRows(
    rows,
    idOf,
    columns,
    chips,
    view,
    useHeld(scroller),
    props.alsoFound,
  )
  const choice = useChoice(rows, idOf)
  const [counter] = useState(() => new ChipCounter<Row>())
  const counted = useMemo(
    () => [{ id: ALL, label: 'All', count: rows.length }, ...counter.count(chips, rows, idOf)],
    [counter, chips, rows, idOf],
  )
  const heightPx = ROW_PX[props.density]
  const chosenVisible = useMemo(() => countChosen(visible, idOf, choice.selection), [visible, idOf, choice.selection])
  const clear = () => choice.onSelection(NOTHING_CHOSEN)

  return (
    <div ref={frame} className="relative flex min-h-64 flex-1 flex-col">
      <FilterBar
        label={label}
        chips={counted}
        chip={view.chip}
        onChip={(chip) => onView({ chip })}
        query={view.query}
        onQuery={(query) => onView({ query })}
        searchRef={search}
        onLeaveSearch={() => scroller.current?.focus()}
        viewEntries={() => viewMenu(label, columns, view, onView, visible)}
        lead={props.lead}
      />
      {status === 'stale' && <StaleNote asOf={asOf} />}
      <Grid
        label={label}
        rows={visible}
        idOf={idOf}
        nameOf={props.nameOf}
        columns={shown}
        sort={view.sort}
        onSort={(sort) => onView({ sort })}
        onResetWidth={(id) => {
          const { [id]: _, ...widths } = view.widths
          onView({ widths })
        }}
        choice={choice}
        chosenVisible={chosenVisible}
        choosable={bulkActions !== undefined}
        heightPx={heightPx}
        scroller={scroller}
        status={status}
        openId={props.openId}
        onOpen={props.onOpen}
        menu={props.menu}
        rowActions={props.openId === null && widthPx >= ROOM_FOR_ACTIONS_PX ? props.rowActions : undefined}
        onDelete={props.onDelete}
      >
        {status === 'loading' ? (
          error === null ? (
            <Skeleton heightPx={heightPx} />
          ) : (
            <FailedNote label={label} error={error} />
          )
        ) : (
          visible.length === 0 && <NothingMatches query={view.query} onClear={() => onView({ query: '', chip: ALL })} />
        )}
      </Grid>
      <RowTips scroller={scroller} />
      {waiting > 0 && <WaitingPill count={waiting} onShow={() => scroller.current?.scrollTo({ top: 0 })} />}
      {bulkActions !== undefined && choice.rows.length > 0 && (
        <BulkBar
          count={choice.rows.length}
          hidden={choice.rows.length - chosenVisible}
          exportEntries={() => exportMenu(label, columns, choice.rows)}
          onClear={clear}
        >
          {bulkActions(choice.rows, clear)}
        </BulkBar>
      )}
      <p className="flex h-7 shrink-0 items-center text-ink-faint text-xs" aria-live="polite">
        {status !== 'loading' && countText(visible.length, rows.length)}
      </p>
    </div>
  )
}

/** New rows wait here while the list is scrolled or pointed at, so that nothing moves under the pointer. */
function WaitingPill({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <button
      type="button"
      onClick={onShow}
      className="absolute bottom-10 left-1/2 z-20 flex h-7 -translate-x-1/2 animate-appear items-center gap-1.5 rounded-full bg-accent px-3 font-medium text-on-accent text-xs shadow-raised hover:bg-accent-hover"
    >
      <ArrowUp aria-hidden className="size-3.5" />
      {count.toLocaleString('en')} new
    </button>
  )
}

function countChosen<Row>(rows: readonly Row[], idOf: (row: Row) => string, { chosen }: Selection): number {
  if (chosen.size === 0) return 0
  let count = 0
  for (const row of rows) if (chosen.has(idOf(row))) count++
  return count
}
