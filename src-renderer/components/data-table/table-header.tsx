import { ArrowDown, ArrowUp } from 'lucide-react'
import { classNames } from '../class-names.ts'
import { Checkbox } from '../field.tsx'
import type { TableView } from './column.ts'
import type { ShownColumn } from './use-columns.ts'

interface TableHeaderProps<Row> {
  columns: readonly ShownColumn<Row>[]
  template: string
  sort: TableView['sort']
  onSort: (sort: TableView['sort']) => void
  onResetWidth: (column: string) => void
  /** null: rows cannot be chosen. */
  chosen: 'none' | 'some' | 'all' | null
  onChooseAll: (all: boolean) => void
}

/** Grid template of every row: the check box where rows can be chosen, then the columns, then room for actions. */
export const rowTemplate = (template: string, choosable: boolean): string => `${choosable ? 36 : 4}px ${template} 12px`

export function TableHeader<Row>(props: TableHeaderProps<Row>) {
  const { columns, template, sort, onSort, onResetWidth, chosen, onChooseAll } = props
  return (
    <div role="rowgroup" className="sticky top-0 z-20">
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-8 items-stretch border-line border-b bg-canvas text-ink-faint text-xs"
        style={{ gridTemplateColumns: rowTemplate(template, chosen !== null) }}
      >
        <div role="columnheader" aria-label="Choice" className="flex items-center justify-center pb-1">
          {chosen !== null && (
            <Checkbox
              label="Choose all rows"
              hideLabel
              checked={chosen === 'all' ? true : chosen === 'some' ? 'indeterminate' : false}
              onChange={onChooseAll}
            />
          )}
        </div>
        {columns.map((column) => {
          const sorted = sort.column === column.id
          const Arrow = sort.descending ? ArrowDown : ArrowUp
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
              className="group/head relative flex min-w-0"
            >
              <button
                type="button"
                onClick={() =>
                  onSort({ column: column.id, descending: sorted ? !sort.descending : column.end === true })
                }
                className={classNames(
                  '-outline-offset-2 flex min-w-0 flex-1 items-center gap-1 px-2 transition-colors hover:text-ink',
                  column.end === true && 'flex-row-reverse',
                  sorted && 'font-medium text-ink',
                )}
              >
                <span className={column.narrowTitle === true ? 'sr-only' : 'truncate'}>{column.title}</span>
                {sorted && <Arrow aria-hidden className="size-3 shrink-0" />}
              </button>
              <span
                aria-hidden
                onMouseDown={column.startResizing}
                onTouchStart={column.startResizing}
                onDoubleClick={() => onResetWidth(column.id)}
                className={classNames(
                  '-right-1 absolute top-1.5 bottom-1.5 z-10 w-2 cursor-col-resize border-x-[3.5px] border-transparent bg-clip-padding group-hover/head:bg-line-strong',
                  column.resizing && 'bg-accent group-hover/head:bg-accent',
                )}
              />
            </div>
          )
        })}
        <div role="columnheader" aria-label="Actions" />
      </div>
    </div>
  )
}
