import type { Chip, Column } from './column.ts'

/** Which rows a table shows. Made anew when it asks for something else; the same object asks the same. */
export interface RowFilter<Row> {
  keep: (row: Row) => boolean
  columns: readonly Column<Row>[]
  /** null: all rows. */
  chip: ((row: Row) => boolean) | null
  /** In lower case. */
  words: readonly string[]
  alsoFound: ReadonlySet<string> | null
}

/**
 * Rows in the chip that contain every word of `query`, each in any column but those of numbers, or whose id is in
 * `alsoFound`. null when every row passes.
 *
 * The columns are asked anew for each row: that is faster than to remember the text of 100,000 rows, and keeps none.
 */
export function rowFilter<Row extends object>(
  columns: readonly Column<Row>[],
  chip: Chip<Row>['test'] | null,
  query: string,
  idOf: (row: Row) => string,
  alsoFound: ReadonlySet<string> | null,
): RowFilter<Row> | null {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && chip === null) return null
  const texts = columns.filter(({ end = false, unsearched = false }) => !end && !unsearched).map(({ text }) => text)
  const contains = (row: Row, word: string): boolean => {
    for (const text of texts) if (text(row).toLowerCase().includes(word)) return true
    return false
  }
  const keep = (row: Row): boolean => {
    if (chip !== null && !chip(row)) return false
    for (const word of words) if (!contains(row, word)) return alsoFound?.has(idOf(row)) === true
    return true
  }
  return { keep, columns, chip, words, alsoFound }
}

/** Whether nothing passes `now` that did not pass `before`. */
export function narrows<Row>(now: RowFilter<Row>, before: RowFilter<Row> | null): boolean {
  return (
    before !== null &&
    now.columns === before.columns &&
    now.alsoFound === null &&
    (before.chip === null || before.chip === now.chip) &&
    before.words.every((word) => now.words.some((longer) => longer.includes(word)))
  )
}
