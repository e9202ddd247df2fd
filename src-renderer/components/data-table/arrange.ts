/**
 * Which rows a table shows, and in which order, fast enough for 100,000 rows that change several times a second.
 *
 * All rows are kept sorted, whatever the filter: another filter is then one pass without sorting, and a search for more
 * looks only at what was found so far. Rows that changed are put into the order and through the filter at a cost of a few
 * comparisons each. (TanStack's row model sorts 100,000 rows anew on every change, in more than a second; it keeps our
 * columns instead.)
 *
 * Invariant: rows that did not change are the same objects as before; what a row sorts by, and whether it passes a
 * filter, is settled by the object alone.
 */
import { applyChanges, changesBetween, isMuch, type RowChanges } from './row-changes.ts'
import { narrows, type RowFilter } from './row-filter.ts'
import { comparison, type Ordering, sortByKey } from './sort-rows.ts'

/** Remembers the order and what was shown of it, between renderings. */
export class RowArranger<Row> {
  readonly #sorter = new Sorter<Row>()
  #source: readonly Row[] = []
  #by: Ordering<Row> | null = null
  #ordered: readonly Row[] = []
  #filter: RowFilter<Row> | null = null
  #passing: readonly Row[] = []
  #shown: readonly Row[] = []

  /** `filter` is null for all rows. `waiting` counts the rows that are held back. */
  update(
    source: readonly Row[],
    by: Ordering<Row>,
    filter: RowFilter<Row> | null,
    held: boolean,
  ): { rows: readonly Row[]; waiting: number } {
    const changes = changesBetween(this.#source, source, by.idOf)
    const sameOrder = by === this.#by && this.#ordered.length > 0
    const builds = sameOrder && !isMuch(changes, source.length)
    const ordered = builds ? applyChanges(this.#ordered, changes, comparison(by)) : this.#sorter.sort(source, by)
    const passing = this.#pass(ordered, by, filter, builds ? changes : null)
    const holds = held && sameOrder && filter === this.#filter
    const rows = holds ? hold(this.#shown, through(changes, filter), by.idOf) : passing
    this.#source = source
    this.#by = by
    this.#ordered = ordered
    this.#filter = filter
    this.#passing = passing
    this.#shown = rows
    return { rows, waiting: passing.length - rows.length }
  }

  /** `changes` is null when the order is new. */
  #pass(
    ordered: readonly Row[],
    by: Ordering<Row>,
    filter: RowFilter<Row> | null,
    changes: RowChanges<Row> | null,
  ): readonly Row[] {
    if (filter === null) return ordered
    if (changes === null) return ordered.filter(filter.keep)
    if (filter === this.#filter) return applyChanges(this.#passing, through(changes, filter), comparison(by))
    const unchanged = changes.gone.length === 0 && changes.came.length === 0
    return (unchanged && narrows(filter, this.#filter) ? this.#passing : ordered).filter(filter.keep)
  }
}

/** Keeps the rows in the order of their ids, which makes any other order cheap. Costs nothing until a new one is asked for. */
class Sorter<Row> {
  #source: readonly Row[] = []
  #byId: readonly Row[] = []

  sort(source: readonly Row[], { idOf, ...by }: Ordering<Row>): readonly Row[] {
    const byId = { idOf, keyOf: idOf, descending: false, natural: false }
    const changes = changesBetween(this.#source, source, idOf)
    this.#byId = isMuch(changes, source.length)
      ? sortByKey(source, byId)
      : applyChanges(this.#byId, changes, comparison(byId))
    this.#source = source
    return sortByKey(this.#byId, { idOf, ...by })
  }
}

/**
 * The rows on screen while the user points at them or has scrolled: those that were there stay where they are, with
 * their new content; rows that disappeared go; new ones wait.
 */
function hold<Row>(shown: readonly Row[], { gone, came }: RowChanges<Row>, idOf: (row: Row) => string): readonly Row[] {
  if (gone.length === 0) return shown
  const leaving = new Set(gone)
  const replacements = new Map(came.map((row) => [idOf(row), row]))
  const held: Row[] = []
  for (const row of shown) {
    const now = leaving.has(row) ? replacements.get(idOf(row)) : row
    if (now !== undefined) held.push(now)
  }
  return held
}

function through<Row>({ gone, came }: RowChanges<Row>, filter: RowFilter<Row> | null): RowChanges<Row> {
  return filter === null ? { gone, came } : { gone: gone.filter(filter.keep), came: came.filter(filter.keep) }
}
