import { useMemo, useState } from 'react'
import { type Arranging, RowArranger } from './arrange.ts'
import type { Chip, Column, TableView } from './column.ts'
import { RowSearch } from './row-search.ts'

interface VisibleRows<Row> {
  rows: readonly Row[]
  /** New rows that are held back. */
  waiting: number
}

/** The rows that pass chip and search, sorted; held still while `held`. */
export function useVisibleRows<Row extends object>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  columns: readonly Column<Row>[],
  chips: readonly Chip<Row>[],
  view: TableView,
  held: boolean,
): VisibleRows<Row> {
  const by = useArranging(columns, chips, view, idOf)
  const [arranger] = useState(() => new RowArranger<Row>())
  return useMemo(() => arranger.update(rows, by, held), [arranger, rows, by, held])
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
