import type { MenuEntry } from '../menu.tsx'
import { type Column, csvOf, type TableView } from './column.ts'

/** Columns to show, and what can be done with the rows as they are shown. */
export function viewMenu<Row>(
  label: string,
  columns: readonly Column<Row>[],
  view: TableView,
  onView: (change: Partial<TableView>) => void,
  rows: () => readonly Row[],
): MenuEntry[] {
  const isVisible = ({ id, optional = false }: Column<Row>) => view.visible[id] ?? !optional
  return [
    ...columns.slice(1).map((column) => ({
      label: column.title,
      checked: isVisible(column),
      onSelect: () => onView({ visible: { ...view.visible, [column.id]: !isVisible(column) } }),
    })),
    'separator',
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
