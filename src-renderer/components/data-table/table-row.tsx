import { memo, type ReactNode, useState } from 'react'
import { classNames } from '../class-names.ts'
import { Checkbox } from '../field.tsx'
import { RowContext } from '../row-context.ts'
import type { ShownColumn } from './use-columns.ts'

interface TableRowProps<Row> {
  row: Row
  id: string
  domId: string
  /** Position in the whole table, from 0. */
  index: number
  label: string
  columns: readonly ShownColumn<Row>[]
  topPx: number
  heightPx: number
  chosen: boolean
  /** Its details are open beside the table. */
  open: boolean
  /** The keyboard is here. */
  current: boolean
  /** Some row is chosen: check boxes are shown in all. */
  choosing: boolean
  choosable: boolean
  actions: ((row: Row) => ReactNode) | undefined
  onToggle: (id: string, withShift: boolean) => void
}

/*
 * A turn of the wheel makes eight of these in every frame: what only hovering shows is made when the pointer comes, and
 * a cell of text is one element.
 */
function Row<Item>(props: TableRowProps<Item>) {
  const { row, id, domId, index, label, columns, topPx, heightPx, chosen, open, current, choosing } = props
  const { choosable, actions, onToggle } = props
  const [pointed, setPointed] = useState(false)
  const attended = pointed || current
  return (
    <RowContext value={current ? 'current' : pointed ? 'pointed' : 'rest'}>
      <div
        role="row"
        id={domId}
        data-row-id={id}
        aria-rowindex={index + 2}
        aria-selected={chosen}
        aria-label={label}
        onPointerMove={pointed ? undefined : () => setPointed(true)}
        className={classNames(
          'group/row absolute inset-x-0 grid grid-cols-(--row-template) items-center border-line/60 border-b text-ink text-xs contain-strict',
          chosen || open ? 'bg-accent-soft' : 'hover:bg-hover',
          open && 'shadow-[inset_2px_0_0_var(--accent)]',
          current && 'group-focus-visible/grid:outline-2 group-focus-visible/grid:outline-focus -outline-offset-2',
        )}
        style={{ height: heightPx, top: topPx }}
      >
        <div role="gridcell" className={chosen || choosing ? CHOICE_CELL : CHOICE_CELL_ON_HOVER}>
          {choosable && (
            <Checkbox
              label={`Choose ${label}`}
              hideLabel
              checked={chosen}
              onChange={(_, withShift) => onToggle(id, withShift)}
            />
          )}
        </div>
        {columns.map((column) =>
          column.cell === undefined ? (
            <TextCell key={column.id} text={column.text(row)} end={column.end === true} />
          ) : (
            <div key={column.id} role="gridcell" className={column.end === true ? RICH_NUMBER_CELL : RICH_CELL}>
              {column.cell(row)}
            </div>
          ),
        )}
        {attended && actions !== undefined && !choosing ? (
          <div role="gridcell" className="sticky right-0 h-full">
            <div
              className={classNames(
                '-translate-y-1/2 absolute top-1/2 right-2 hidden items-center gap-1 rounded-md bg-raised p-0.5 shadow-[0_0_0_1px_var(--line-strong)] focus-within:flex group-hover/row:flex',
                current && 'group-focus-visible/grid:flex',
              )}
            >
              {actions(row)}
            </div>
          </div>
        ) : (
          <div role="gridcell" />
        )}
      </div>
    </RowContext>
  )
}

function TextCell({ text, end }: { text: string; end: boolean }) {
  const className = end ? NUMBER_CELL : TEXT_CELL
  return (
    <div role="gridcell" className={text === '–' ? `${className} text-ink-faint` : className}>
      {text}
    </div>
  )
}

const CHOICE_CELL = 'flex justify-center pb-1'
const CHOICE_CELL_ON_HOVER = 'flex justify-center pb-1 opacity-0 focus-within:opacity-100 group-hover/row:opacity-100'
const TEXT_CELL = 'truncate px-2'
const NUMBER_CELL = 'figures truncate px-2 text-right'
const RICH_CELL = 'flex min-w-0 items-center px-2'
const RICH_NUMBER_CELL = 'figures flex min-w-0 items-center justify-end px-2 text-right'

/** Rows that did not change are not rendered again when their neighbours do. */
export const TableRow = memo(Row) as typeof Row
