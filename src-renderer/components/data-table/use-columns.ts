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

/** The columns on screen with their widths as the user set them. TanStack keeps them; rows are arranged elsewhere. */
export function useColumns<Row extends object>(
  columns: readonly Column<Row>[],
  view: TableView,
  onView: (change: Partial<TableView>) => void,
): { shown: ShownColumn<Row>[]; template: string; minWidthPx: number } {
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
  const columnVisibility = Object.fromEntries(
    columns.map(({ id, optional = false }) => [id, view.visible[id] ?? !optional]),
  )
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
      shown,
      template: shown.map(({ width, grow }) => (grow === true ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' '),
      minWidthPx: shown.reduce((sum, { width }) => sum + width, 0),
    }
  }, [columns, view.widths, view.visible, resizingColumn])
}
