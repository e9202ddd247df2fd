import { useMemo, useState } from 'react'
import { RowArranger } from './arrange.ts'
import type { Chip, Column, TableView } from './column.ts'
import { type RowFilter, rowFilter } from './row-filter.ts'
import type { Ordering } from './sort-rows.ts'

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
  alsoFound: ReadonlySet<string> | null = null,
): VisibleRows<Row> {
  const by = useOrdering(columns, view.sort, idOf)
  const filter = useFilter(columns, chips, view, idOf, alsoFound)
  const [arranger] = useState(() => new RowArranger<Row>())
  return useMemo(() => arranger.update(rows, by, filter, held), [arranger, rows, by, filter, held])
}

/** Stable as long as the sorting is, so that orders can build on each other. */
function useOrdering<Row>(
  columns: readonly Column<Row>[],
  { column: sorted, descending }: TableView['sort'],
  idOf: (row: Row) => string,
): Ordering<Row> {
  return useMemo(() => {
    const column = columns.find(({ id }) => id === sorted) ?? columns[0]
    const keyOf = column?.sortBy ?? column?.text ?? idOf
    return { idOf, keyOf, descending, natural: column?.natural === true }
  }, [columns, sorted, descending, idOf])
}

/** null: every row passes. Stable as long as it asks the same. */
function useFilter<Row extends object>(
  columns: readonly Column<Row>[],
  chips: readonly Chip<Row>[],
  { chip, query }: Pick<TableView, 'chip' | 'query'>,
  idOf: (row: Row) => string,
  alsoFound: ReadonlySet<string> | null,
): RowFilter<Row> | null {
  const inChip = chips.find(({ id }) => id === chip)?.test ?? null
  return useMemo(() => rowFilter(columns, inChip, query, idOf, alsoFound), [columns, inChip, query, idOf, alsoFound])
}
