import { memo, type ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Checkbox } from '../field.tsx'
import { RowTabIndex } from '../row-tab-index.ts'
import { rowTemplate } from './table-header.tsx'
import type { ShownColumn } from './use-columns.ts'

interface TableRowProps<Row> {
  row: Row
  id: string
  domId: string
  /** Position in the whole table, from 0. */
  index: number
  label: string
  columns: readonly ShownColumn<Row>[]
  template: string
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
  onToggle: (id: string) => void
}

function Row<Item>(props: TableRowProps<Item>) {
  const { row, id, domId, index, label, columns, template, topPx, heightPx, chosen, open, current, choosing } = props
  const { choosable, actions, onToggle } = props
  return (
    <RowTabIndex value={current ? 0 : -1}>
      <div
        role="row"
        id={domId}
        data-row-id={id}
        aria-rowindex={index + 2}
        aria-selected={chosen}
        aria-label={label}
        className={classNames(
          'group/row absolute inset-x-0 grid items-center border-line/60 border-b text-ink text-xs',
          chosen || open ? 'bg-accent-soft' : 'hover:bg-hover',
          open && 'shadow-[inset_2px_0_0_var(--accent)]',
          current && 'group-focus-visible/grid:outline-2 group-focus-visible/grid:outline-focus -outline-offset-2',
        )}
        style={{
          gridTemplateColumns: rowTemplate(template, choosable),
          height: heightPx,
          transform: `translateY(${topPx}px)`,
        }}
      >
        <div
          role="gridcell"
          className={classNames(
            'flex justify-center pb-1',
            !chosen && !choosing && 'opacity-0 focus-within:opacity-100 group-hover/row:opacity-100',
          )}
        >
          {choosable && <Checkbox label={`Choose ${label}`} hideLabel checked={chosen} onChange={() => onToggle(id)} />}
        </div>
        {columns.map((column) => (
          <div
            key={column.id}
            role="gridcell"
            className={classNames(
              'flex min-w-0 items-center px-2',
              column.end === true && 'figures justify-end text-right',
            )}
          >
            {column.cell === undefined ? <span className="truncate">{column.text(row)}</span> : column.cell(row)}
          </div>
        ))}
        <div role="gridcell" className="sticky right-0 h-full">
          {actions !== undefined && !choosing && (
            <div
              className={classNames(
                '-translate-y-1/2 absolute top-1/2 right-2 hidden items-center gap-1 rounded-md bg-raised p-0.5 shadow-[0_0_0_1px_var(--line-strong)] focus-within:flex group-hover/row:flex',
                current && 'group-focus-visible/grid:flex',
              )}
            >
              {actions(row)}
            </div>
          )}
        </div>
      </div>
    </RowTabIndex>
  )
}

/** Rows that did not change are not rendered again when their neighbours do. */
export const TableRow = memo(Row) as typeof Row
