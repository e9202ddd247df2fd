import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useMemo } from 'react'
import type { Column, TableView } from './column.ts'

const features = tableFeatures({ columnSizingFeature, columnResizingFeature, columnVisibilityFeature })
const NO_ROWS: never[] = []
const NARROWEST_PX = 56

export interface ShownColumn<Row> extends Column<Row> {
  startResizing: (event: unknown) => void
  resizing: boolean
}

export interface ShownColumns<Row> {
  columns: readonly ShownColumn<Row>[]
  /** CSS grid template of the columns. */
  template: string
  minWidthPx: number
}

/**
 * The columns on screen with their widths as the user set them. TanStack keeps them; rows are arranged elsewhere.
 * `roomPx` is the width that there is for all of them, 0 while it is unknown.
 */
export function useColumns<Row extends object>(
  columns: readonly Column<Row>[],
  view: TableView,
  onView: (change: Partial<TableView>) => void,
  roomPx: number,
): ShownColumns<Row> {
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row, unknown> => ({
          id: column.id,
          size: column.width,
          minSize: Math.min(NARROWEST_PX, column.width),
          accessorFn: () => null,
        }),
      ),
    [columns],
  )
  const columnVisibility = useMemo(() => visibilityOf(columns, view, roomPx), [columns, view, roomPx])
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS as Row[],
    columnResizeMode: 'onChange',
    state: { columnSizing: view.widths, columnVisibility },
    onColumnSizingChange: (update) => onView({ widths: typeof update === 'function' ? update(view.widths) : update }),
  })
  const resizingColumn = table.state.columnResizing.isResizingColumn
  // biome-ignore lint/correctness/useExhaustiveDependencies: the table reads widths, visibility and resizing itself
  return useMemo(() => {
    const shown = (table.getHeaderGroups()[0]?.headers ?? []).flatMap((header) => {
      const column = columns.find(({ id }) => id === header.column.id)
      if (column === undefined) return []
      const resizing = resizingColumn === column.id
      return [{ ...column, width: header.getSize(), startResizing: header.getResizeHandler(), resizing }]
    })
    return {
      columns: shown,
      template: shown.map(({ width, grow }) => (grow === true ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' '),
      minWidthPx: shown.reduce((sum, { width }) => sum + width, 0),
    }
  }, [columns, view.widths, columnVisibility, resizingColumn])
}

/** Which columns are shown: those that are by themselves or by choice, less those that yield for want of room. */
export function visibilityOf<Row>(
  columns: readonly Column<Row>[],
  { widths, visible }: Pick<TableView, 'widths' | 'visible'>,
  roomPx: number,
): Record<string, boolean> {
  const shown = new Map(columns.map(({ id, optional = false }) => [id, visible[id] ?? !optional]))
  const yielding = columns
    .filter(({ id, yields }) => yields !== undefined && visible[id] !== true && shown.get(id) === true)
    .sort((a, b) => (a.yields ?? 0) - (b.yields ?? 0))
  const widthOf = ({ id, width }: Column<Row>) => widths[id] ?? width
  let neededPx = columns.filter(({ id }) => shown.get(id) === true).reduce((sum, column) => sum + widthOf(column), 0)
  for (const column of yielding) {
    if (roomPx === 0 || neededPx <= roomPx) break
    shown.set(column.id, false)
    neededPx -= widthOf(column)
  }
  return Object.fromEntries(shown)
}
