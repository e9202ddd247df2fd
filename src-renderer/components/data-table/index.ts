export type { Chip, Column, RowDensity, TableView } from './column.ts'
export { DataTable, type DataTableProps } from './data-table.tsx'
export { saveText } from './save-rows.ts'
