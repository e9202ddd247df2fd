import { type CSSProperties, type MouseEvent, type ReactNode, type RefObject, useId, useState } from 'react'
import { type MenuEntry, PointerMenu } from '../menu.tsx'
import { hasMod } from '../platform.ts'
import type { TableView } from './column.ts'
import { choose, extendTo, NOTHING_CHOSEN, tickTo, toggle } from './selection.ts'
import { rowTemplate, TableHeader } from './table-header.tsx'
import { TableRow } from './table-row.tsx'
import type { Choice } from './use-choice.ts'
import type { ShownColumns } from './use-columns.ts'
import { useGridKeys } from './use-grid-keys.ts'
import { useRowsInView } from './use-rows-in-view.ts'
import { useStable } from './use-stable.ts'

interface GridProps<Row> {
  label: string
  rows: readonly Row[]
  idOf: (row: Row) => string
  nameOf: (row: Row) => string
  columns: ShownColumns<Row>
  sort: TableView['sort']
  onSort: (sort: TableView['sort']) => void
  onResetWidth: (column: string) => void
  choice: Choice<Row>
  /** How many of the chosen rows are among `rows`. */
  chosenVisible: number
  /** Whether there is anything to do with chosen rows. */
  choosable: boolean
  heightPx: number
  scroller: RefObject<HTMLDivElement | null>
  status: 'loading' | 'live' | 'stale'
  openId: string | null
  onOpen: (id: string | null) => void
  menu: ((rows: Row[]) => MenuEntry[]) | undefined
  rowActions: ((row: Row) => ReactNode) | undefined
  onDelete: ((rows: Row[]) => void) | undefined
  /** Instead of rows, where there are none. */
  children: ReactNode
}

const HEADER_PX = 32
/** What the bar of the chosen rows covers. */
const FOOT_PX = 40
/** Check box and actions take room beside the columns. */
export const EDGES_PX = 48

/** Header and rows. Only the rows in view exist; the grid has the focus and names its current row. */
export function Grid<Row extends object>(props: GridProps<Row>) {
  const { label, rows, idOf, nameOf, columns, choice, heightPx, scroller, openId, onOpen, menu, onDelete } = props
  const { choosable } = props
  const { selection } = choice
  const onSelection: Choice<Row>['onSelection'] = choosable ? choice.onSelection : NOTHING
  const gridId = useId()
  const domId = (id: string) => `${gridId}-${id}`
  const [currentId, setCurrentId] = useState<string | null>(null)
  const [pointedId, setPointedId] = useState<string | null>(null)
  const footPx = selection.chosen.size > 0 ? FOOT_PX : 0
  const { from, to, reveal } = useRowsInView(scroller, rows.length, heightPx, HEADER_PX, footPx)
  const inView = rows.slice(from, to)

  const order = () => rows.map(idOf)
  const currentIndex = () => (currentId === null ? -1 : rows.findIndex((row) => idOf(row) === currentId))
  const onKeyDown = useGridKeys({
    order,
    currentIndex,
    rowsPerPage: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / heightPx) - 2),
    selection,
    onSelection,
    onCurrent: (id, index) => {
      setCurrentId(id)
      reveal(index)
      if (openId !== null) onOpen(id)
    },
    onOpen,
    onMenu: (id) => openMenuAt(domId(id)),
    onDelete:
      onDelete &&
      (() => {
        const current = rows[currentIndex()]
        onDelete(choice.rows.length > 0 || current === undefined ? choice.rows : [current])
      }),
    onClose: () => onOpen(null),
  })

  const onClick = (event: MouseEvent) => {
    const id = rowIdAt(event)
    if (id === null || (event.target as Element).closest('button, a, input') !== null) return
    setCurrentId(id)
    if (event.shiftKey)
      onSelection(
        extendTo(selection.anchor === null && currentId !== null ? choose(currentId) : selection, id, order()),
      )
    else if (hasMod(event)) onSelection(toggle(selection, id))
    else {
      onSelection(NOTHING_CHOSEN)
      onOpen(id)
    }
  }
  const onToggle = useStable((id: string, withShift: boolean) => {
    setCurrentId(id)
    onSelection((known) => (withShift ? tickTo(known, id, order()) : toggle(known, id)))
  })
  const rowActions = useStable((row: Row) => props.rowActions?.(row))
  const menuRows = (): Row[] => {
    if (pointedId === null) return []
    if (selection.chosen.has(pointedId)) return choice.rows
    const row = rows.find((each) => idOf(each) === pointedId)
    return row === undefined ? [] : [row]
  }

  const body = (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keyboard
    <div
      role="rowgroup"
      className="relative"
      style={
        { height: rows.length * heightPx, '--row-template': rowTemplate(columns.template, choosable) } as CSSProperties
      }
      onClick={onClick}
      onContextMenuCapture={(event) => {
        const id = rowIdAt(event)
        setPointedId(id)
        if (id !== null) setCurrentId(id)
      }}
    >
      {inView.map((row, offset) => {
        const index = from + offset
        const id = idOf(row)
        return (
          <TableRow
            key={id}
            row={row}
            id={id}
            domId={domId(id)}
            index={index}
            label={nameOf(row)}
            columns={columns.columns}
            topPx={index * heightPx}
            heightPx={heightPx}
            chosen={selection.chosen.has(id)}
            open={openId === id}
            current={currentId === id}
            choosing={selection.chosen.size > 0}
            choosable={choosable}
            actions={props.rowActions === undefined ? undefined : rowActions}
            onToggle={onToggle}
          />
        )
      })}
    </div>
  )
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.columns.length + 2}
      aria-multiselectable={choosable}
      aria-busy={props.status === 'loading'}
      aria-activedescendant={
        currentId !== null && inView.some((row) => idOf(row) === currentId) ? domId(currentId) : undefined
      }
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-stale={props.status === 'stale' || undefined}
      className="group/grid -mx-5 min-h-0 flex-1 overflow-auto border-line border-t px-5 outline-none data-stale:opacity-60"
    >
      <div style={{ minWidth: columns.minWidthPx + EDGES_PX, paddingBottom: footPx }}>
        <TableHeader
          columns={columns.columns}
          template={columns.template}
          sort={props.sort}
          onSort={props.onSort}
          onResetWidth={props.onResetWidth}
          chosen={choosable ? extentOf(props.chosenVisible, rows.length) : null}
          onChooseAll={(all) => onSelection(all ? { chosen: new Set(order()), anchor: null } : NOTHING_CHOSEN)}
        />
        {menu === undefined ? body : <PointerMenu entries={() => menu(menuRows())}>{body}</PointerMenu>}
        {props.children}
      </div>
    </div>
  )
}

const NOTHING = () => undefined

function extentOf(chosen: number, all: number): 'none' | 'some' | 'all' {
  return chosen === 0 ? 'none' : chosen < all ? 'some' : 'all'
}

function rowIdAt(event: MouseEvent): string | null {
  return (event.target as Element).closest('[data-row-id]')?.getAttribute('data-row-id') ?? null
}

/** As if the row had been right-clicked near its beginning. */
function openMenuAt(domId: string): void {
  const element = document.getElementById(domId)
  const box = element?.getBoundingClientRect()
  if (element === null || box === undefined) return
  const at = { clientX: box.left + 48, clientY: box.bottom - 4 }
  element.dispatchEvent(new window.MouseEvent('contextmenu', { bubbles: true, cancelable: true, ...at }))
}
