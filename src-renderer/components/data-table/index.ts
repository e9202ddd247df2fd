export type { Chip, Column, RowDensity, TableView } from './column.ts'
export { DataTable, type DataTableProps, saveText } from './data-table.tsx'
