import type { Chip } from './column.ts'
import type { CountedChip } from './filter-bar.tsx'
import { changesBetween } from './row-changes.ts'

/** How many rows are in each chip. Rows that did not change are counted once, however often the others do. */
export class ChipCounter<Row> {
  #chips: readonly Chip<Row>[] = []
  #rows: readonly Row[] = []
  #counts: number[] = []

  count(chips: readonly Chip<Row>[], rows: readonly Row[], idOf: (row: Row) => string): CountedChip[] {
    if (chips !== this.#chips) this.#counts = chips.map(({ test }) => countOf(rows, test))
    else {
      const { gone, came } = changesBetween(this.#rows, rows, idOf)
      this.#counts = chips.map(({ test }, at) => (this.#counts[at] ?? 0) + countOf(came, test) - countOf(gone, test))
    }
    this.#chips = chips
    this.#rows = rows
    return chips.flatMap(({ id, label, onlyWithRows = false }, at) => {
      const count = this.#counts[at] ?? 0
      return onlyWithRows && count === 0 ? [] : [{ id, label, count }]
    })
  }
}

function countOf<Row>(rows: readonly Row[], test: (row: Row) => boolean): number {
  let count = 0
  for (const row of rows) if (test(row)) count++
  return count
}
