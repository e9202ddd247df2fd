import { useMemo, useState } from 'react'
import { type Ordering, RowArranger } from './arrange.ts'
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
  alsoFound: ReadonlySet<string> | null = null,
): VisibleRows<Row> {
  const by = useOrdering(columns, view.sort, idOf)
  const keep = useFilter(columns, chips, view, idOf, alsoFound)
  const [arranger] = useState(() => new RowArranger<Row>())
  return useMemo(() => arranger.update(rows, by, keep, held), [arranger, rows, by, keep, held])
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

/** null: every row passes. */
function useFilter<Row extends object>(
  columns: readonly Column<Row>[],
  chips: readonly Chip<Row>[],
  { chip, query }: Pick<TableView, 'chip' | 'query'>,
  idOf: (row: Row) => string,
  alsoFound: ReadonlySet<string> | null,
): ((row: Row) => boolean) | null {
  const search = useMemo(() => new RowSearch(columns), [columns])
  return useMemo(() => {
    const inChip = chips.find(({ id }) => id === chip)?.test
    const words = search.test(query)
    const matches = words === null || alsoFound === null ? words : (row: Row) => words(row) || alsoFound.has(idOf(row))
    if (inChip === undefined) return matches
    if (matches === null) return inChip
    return (row) => inChip(row) && matches(row)
  }, [chips, search, chip, query, idOf, alsoFound])
}
