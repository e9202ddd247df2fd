import { FileJson, FileSpreadsheet } from 'lucide-react'
import type { MenuAction, MenuEntry } from '../menu.tsx'
import type { Column, TableView } from './column.ts'
import { saveRows } from './save-rows.ts'

/** Columns to show, and what can be done with the rows as they are shown. */
export function viewMenu<Row>(
  label: string,
  columns: readonly Column<Row>[],
  view: TableView,
  onView: (change: Partial<TableView>) => void,
  rows: readonly Row[],
): MenuEntry[] {
  const isVisible = ({ id, optional = false }: Column<Row>) => view.visible[id] ?? !optional
  return [
    ...columns.slice(1).map((column) => ({
      label: column.title,
      checked: isVisible(column),
      onSelect: () => onView({ visible: { ...view.visible, [column.id]: !isVisible(column) } }),
    })),
    'separator',
    ...exportMenu(label, columns, rows),
    'separator',
    { label: 'Reset columns', onSelect: () => onView({ widths: {}, visible: {} }) },
  ]
}

/** The rows as a file; every column, shown or not. */
export function exportMenu<Row>(label: string, columns: readonly Column<Row>[], rows: readonly Row[]): MenuAction[] {
  const count = rows.length.toLocaleString('en')
  return [
    {
      label: `Export ${count} as CSV`,
      icon: FileSpreadsheet,
      onSelect: () => void saveRows(label, { kind: 'csv', columns, rows }),
    },
    {
      label: `Export ${count} as JSON`,
      icon: FileJson,
      onSelect: () => void saveRows(label, { kind: 'json', columns, rows }),
    },
  ]
}
