import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowUp } from 'lucide-react'
import { type MouseEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { type MenuEntry, PointerMenu } from '../menu.tsx'
import { hasMod } from '../platform.ts'
import { clockText } from '../time-text.ts'
import { type Arranging, RowArranger } from './arrange.ts'
import { BulkBar } from './bulk-bar.tsx'
import { type Chip, type Column, csvOf, ROW_PX, type RowDensity, type TableView } from './column.ts'
import { type CountedChip, FilterBar } from './filter-bar.tsx'
import { RowSearch } from './row-search.ts'
import { choose, extendTo, NOTHING_CHOSEN, prune, type Selection, toggle } from './selection.ts'
import { TableHeader } from './table-header.tsx'
import { TableRow } from './table-row.tsx'
import { useColumns } from './use-columns.ts'
import { useGridKeys } from './use-grid-keys.ts'
import { useHeld } from './use-held.ts'

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
  /** The Delete key. */
  onDelete?: (rows: Row[]) => void
  /** More entries in the menu of the view. */
  viewEntries?: MenuEntry[]
  /** Beside the chips. */
  filterExtra?: ReactNode
}

const ALL = 'all'
const OVERSCAN = 8

/** The one table: virtual rows, any sorting, chips, search, choice of many, keyboard. Holds rows still when pointed at. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, idOf, nameOf, columns, chips = [], view, onView, density, status, asOf } = props
  const { openId, onOpen, menu, rowActions, bulkActions, onDelete } = props
  const scroller = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const gridId = useId()
  const [selection, setSelection] = useState<Selection>(NOTHING_CHOSEN)
  const [currentId, setCurrentId] = useState<string | null>(null)

  const { shown, template, minWidthPx } = useColumns(columns, view, onView)
  const by = useArranging(columns, chips, view, idOf)
  const held = useHeld(scroller)
  const [arranger] = useState(() => new RowArranger<Row>())
  const { rows: visible, waiting } = useMemo(() => arranger.update(rows, by, held), [arranger, rows, by, held])

  const byId = useMemo(() => new Map(rows.map((row) => [idOf(row), row])), [rows, idOf])
  const kept = useMemo(() => prune(selection, (id) => byId.has(id)), [selection, byId])
  const chosenRows = useMemo(() => [...kept.chosen].flatMap((id) => byId.get(id) ?? []), [kept, byId])

  const heightPx = ROW_PX[density]
  const virtual = useVirtualizer({
    count: visible.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => heightPx,
    overscan: OVERSCAN,
    scrollPaddingStart: 32,
    initialRect: { width: 1000, height: 600 },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height need new positions
  useEffect(() => virtual.measure(), [heightPx])

  const order = () => visible.map(idOf)
  const currentIndex = currentId === null ? -1 : visible.findIndex((row) => idOf(row) === currentId)
  const goTo = (id: string, index: number) => {
    setCurrentId(id)
    virtual.scrollToIndex(index)
    if (openId !== null) onOpen(id)
  }

  const domId = (id: string) => `${gridId}-${id}`
  const openMenuAt = (id: string) => {
    const box = document.getElementById(domId(id))?.getBoundingClientRect()
    if (box === undefined) return
    document
      .getElementById(domId(id))
      ?.dispatchEvent(
        new window.MouseEvent('contextmenu', { bubbles: true, clientX: box.left + 48, clientY: box.bottom - 4 }),
      )
  }
  const onKeyDown = useGridKeys({
    order,
    currentIndex,
    rowsPerPage: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / heightPx) - 2),
    selection: kept,
    onSelection: setSelection,
    onCurrent: goTo,
    onOpen,
    onMenu: openMenuAt,
    onDelete: onDelete && (() => onDelete(chosenOr(chosenRows, visible[currentIndex]))),
    onClose: () => onOpen(null),
  })

  const onClick = (event: MouseEvent) => {
    const id = rowIdAt(event)
    if (id === null || (event.target as Element).closest('button, a, input, [role="checkbox"]') !== null) return
    setCurrentId(id)
    if (event.shiftKey)
      setSelection(extendTo(kept.anchor === null && currentId ? choose(currentId) : kept, id, order()))
    else if (hasMod(event)) setSelection(toggle(kept, id))
    else {
      setSelection(NOTHING_CHOSEN)
      onOpen(id)
    }
  }

  const [pointed, setPointed] = useState<string | null>(null)
  const menuRows = (): Row[] => {
    if (pointed === null) return []
    if (kept.chosen.has(pointed)) return chosenRows
    const row = byId.get(pointed)
    return row === undefined ? [] : [row]
  }

  const counted = useMemo(() => countChips(chips, rows), [chips, rows])
  if (rows.length === 0 && status === 'live') return <div className="min-h-0 flex-1">{props.empty}</div>

  const items = virtual.getVirtualItems()
  const body = (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: one listener for all rows
    <div
      role="rowgroup"
      className="relative"
      style={{ height: virtual.getTotalSize() }}
      onClick={onClick}
      onContextMenuCapture={(event) => {
        const id = rowIdAt(event)
        setPointed(id)
        if (id !== null) setCurrentId(id)
      }}
    >
      {items.map(({ index, start }) => {
        const row = visible[index]
        if (row === undefined) return null
        const id = idOf(row)
        return (
          <TableRow
            key={id}
            row={row}
            id={id}
            domId={domId(id)}
            index={index}
            label={nameOf(row)}
            columns={shown}
            template={template}
            topPx={start}
            heightPx={heightPx}
            chosen={kept.chosen.has(id)}
            open={openId === id}
            current={currentId === id}
            choosing={kept.chosen.size > 0}
            actions={rowActions}
            onToggle={onToggle}
          />
        )
      })}
    </div>
  )
  function onToggle(id: string) {
    setCurrentId(id)
    setSelection((known) => toggle(known, id))
  }

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <FilterBar
        label={label}
        chips={counted}
        chip={view.chip}
        onChip={(chip) => onView({ chip })}
        query={view.query}
        onQuery={(query) => onView({ query })}
        searchRef={search}
        onLeaveSearch={() => {
          scroller.current?.focus()
          const first = visible[0]
          if (currentIndex === -1 && first !== undefined) goTo(idOf(first), 0)
        }}
        viewEntries={viewMenu(label, columns, view, onView, () => visible, props.viewEntries ?? [])}
        extra={props.filterExtra}
      />
      {status === 'stale' && (
        <p role="status" className="pb-2 text-attention text-xs">
          As of {asOf === null ? 'an earlier time' : clockText(asOf)}. Updates again when the engine answers.
        </p>
      )}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={visible.length + 1}
        aria-colcount={shown.length + 2}
        aria-multiselectable
        aria-busy={status === 'loading'}
        aria-activedescendant={
          currentId !== null && items.some(({ index }) => visible[index] && idOf(visible[index]) === currentId)
            ? domId(currentId)
            : undefined
        }
        tabIndex={0}
        onKeyDown={onKeyDown}
        data-stale={status === 'stale' || undefined}
        className="group/grid -mx-5 min-h-0 flex-1 overflow-auto border-line border-t px-5 outline-none data-stale:opacity-60"
      >
        <div style={{ minWidth: minWidthPx + 48 }}>
          <TableHeader
            columns={shown}
            template={template}
            sort={view.sort}
            onSort={(sort) => onView({ sort })}
            onResetWidth={(id) => {
              const { [id]: _, ...widths } = view.widths
              onView({ widths })
            }}
            chosen={kept.chosen.size === 0 ? 'none' : kept.chosen.size < visible.length ? 'some' : 'all'}
            onChooseAll={(all) => setSelection(all ? { chosen: new Set(order()), anchor: null } : NOTHING_CHOSEN)}
          />
          {status === 'loading' && rows.length === 0 ? (
            <Skeleton heightPx={heightPx} />
          ) : menu === undefined ? (
            body
          ) : (
            <PointerMenu entries={() => menu(menuRows())}>{body}</PointerMenu>
          )}
          {visible.length === 0 && status !== 'loading' && (
            <NothingMatches query={view.query} onClear={() => onView({ query: '', chip: ALL })} />
          )}
        </div>
      </div>
      {waiting > 0 && (
        <button
          type="button"
          onClick={() => scroller.current?.scrollTo({ top: 0 })}
          className="absolute bottom-4 left-1/2 z-20 flex h-7 -translate-x-1/2 animate-appear items-center gap-1.5 rounded-full bg-accent px-3 font-medium text-on-accent text-xs shadow-raised hover:bg-accent-hover"
        >
          <ArrowUp aria-hidden className="size-3.5" />
          {waiting.toLocaleString()} new
        </button>
      )}
      {bulkActions !== undefined && kept.chosen.size > 0 && (
        <BulkBar count={kept.chosen.size} onClear={() => setSelection(NOTHING_CHOSEN)}>
          {bulkActions(chosenRows, () => setSelection(NOTHING_CHOSEN))}
        </BulkBar>
      )}
      <p className="flex h-7 shrink-0 items-center text-ink-faint text-xs" aria-live="polite">
        {countText(visible.length, rows.length)}
      </p>
    </div>
  )
}

/** Stable as long as sorting and filter are, so that arrangements can build on each other. */
function useArranging<Row extends object>(
  columns: readonly Column<Row>[],
  chips: readonly Chip<Row>[],
  { sort, chip, query }: TableView,
  idOf: (row: Row) => string,
): Arranging<Row> {
  const search = useMemo(() => new RowSearch(columns), [columns])
  return useMemo(() => {
    const column = columns.find(({ id }) => id === sort.column) ?? columns[0]
    const inChip = chips.find(({ id }) => id === chip)?.test
    const matches = search.test(query)
    return {
      idOf,
      keep: (row) => (inChip === undefined || inChip(row)) && (matches === null || matches(row)),
      keyOf: column?.sortBy ?? column?.text ?? idOf,
      descending: sort.descending,
      natural: column?.natural === true,
    }
  }, [columns, chips, search, sort.column, sort.descending, chip, query, idOf])
}

function countChips<Row>(chips: readonly Chip<Row>[], rows: readonly Row[]): CountedChip[] {
  const counted = chips.flatMap(({ id, label, test, onlyWithRows = false }) => {
    let count = 0
    for (const row of rows) if (test(row)) count++
    return onlyWithRows && count === 0 ? [] : [{ id, label, count }]
  })
  return [{ id: ALL, label: 'All', count: rows.length }, ...counted]
}

function viewMenu<Row>(
  label: string,
  columns: readonly Column<Row>[],
  view: TableView,
  onView: (change: Partial<TableView>) => void,
  rows: () => readonly Row[],
  more: MenuEntry[],
): MenuEntry[] {
  const isVisible = ({ id, optional = false }: Column<Row>) => view.visible[id] ?? !optional
  return [
    ...columns.slice(1).map((column) => ({
      label: column.title,
      checked: isVisible(column),
      onSelect: () => onView({ visible: { ...view.visible, [column.id]: !isVisible(column) } }),
    })),
    'separator',
    ...more,
    { label: 'Save as CSV', onSelect: () => saveText(`${label.toLowerCase()}.csv`, csvOf(columns, rows())) },
    { label: 'Reset columns', onSelect: () => onView({ widths: {}, visible: {} }) },
  ]
}

/** Hands a text to the browser's own saving. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function rowIdAt(event: MouseEvent): string | null {
  return (event.target as Element).closest('[data-row-id]')?.getAttribute('data-row-id') ?? null
}

function chosenOr<Row>(chosen: Row[], current: Row | undefined): Row[] {
  return chosen.length > 0 || current === undefined ? chosen : [current]
}

function countText(shown: number, all: number): string {
  if (shown === all) return `${all.toLocaleString()} ${all === 1 ? 'row' : 'rows'}`
  return `${shown.toLocaleString()} of ${all.toLocaleString()}`
}

function NothingMatches({ query, onClear }: { query: string; onClear: () => void }) {
  return (
    <p className="sticky left-0 px-2 py-10 text-center text-ink-soft">
      {query === '' ? 'Nothing is in this group. ' : `Nothing matches “${query}”. `}
      <button type="button" onClick={onClear} className="font-medium text-accent-ink hover:underline">
        Show everything
      </button>
    </p>
  )
}

function Skeleton({ heightPx }: { heightPx: number }) {
  return (
    <div aria-hidden>
      {[68, 52, 74, 44, 60, 57, 70, 49].map((width) => (
        <div key={width} className="flex items-center gap-6 border-line/60 border-b px-9" style={{ height: heightPx }}>
          <div className="h-2 rounded-full bg-idle-soft" style={{ width: `${width * 0.5}%` }} />
          <div className="h-2 w-24 rounded-full bg-idle-soft" />
        </div>
      ))}
    </div>
  )
}
