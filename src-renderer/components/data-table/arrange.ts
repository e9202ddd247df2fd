/**
 * Which rows a table shows, and in which order, fast enough for 100,000 rows that change several times a second.
 *
 * All rows are kept sorted, whatever the filter: another filter is then one pass without sorting. Rows that changed are
 * merged into the order, at a cost of a few comparisons each. (TanStack's row model sorts 100,000 rows anew on every
 * change, in more than a second; it keeps our columns instead.)
 *
 * Invariant: rows that did not change are the same objects as before, and rows sort by key, then by id, so that the
 * order does not depend on the way it was reached.
 */

/** What a row sorts by. null sorts last in either direction. */
export type SortKey = string | number | null

export interface Ordering<Row> {
  idOf: (row: Row) => string
  keyOf: (row: Row) => SortKey
  descending: boolean
  /** Compare texts as a person would: `file 9` before `file 10`. Slower; for names, not for CIDs. */
  natural: boolean
}

export interface Ordered<Row> {
  by: Ordering<Row>
  source: readonly Row[]
  rows: readonly Row[]
  /** What differs from the previous order; null when everything may. */
  change: Change<Row> | null
}

interface Change<Row> {
  gone: ReadonlySet<Row>
  came: readonly Row[]
}

/** `previous` is reused when it was made by the very same `by`. */
export function order<Row>(
  source: readonly Row[],
  by: Ordering<Row>,
  previous: Ordered<Row> | null = null,
): Ordered<Row> {
  const compare = comparison(by)
  if (previous === null || previous.by !== by || previous.rows.length === 0)
    return { by, source, rows: source.slice().sort(compare), change: null }
  const { gone, came } = difference(previous.source, source)
  came.sort(compare)
  const kept = gone.size === 0 ? previous.rows : previous.rows.filter((row) => !gone.has(row))
  return { by, source, rows: merge(kept, came, compare), change: { gone, came } }
}

/**
 * The rows on screen while the user points at them or has scrolled: those that were there stay where they are, with
 * their new content; rows that disappeared go; new ones wait.
 */
export function hold<Row>(
  shown: readonly Row[],
  { gone, came }: Change<Row>,
  idOf: (row: Row) => string,
): readonly Row[] {
  if (gone.size === 0) return shown
  const replacements = new Map(came.map((row) => [idOf(row), row]))
  const held: Row[] = []
  for (const row of shown) {
    const now = gone.has(row) ? replacements.get(idOf(row)) : row
    if (now !== undefined) held.push(now)
  }
  return held
}

/** Remembers the order and what was shown of it, between renderings. */
export class RowArranger<Row> {
  #ordered: Ordered<Row> | null = null
  #keep: ((row: Row) => boolean) | null = null
  #shown: readonly Row[] = []

  /** `keep` is null for all rows. `waiting` counts the rows that are held back. */
  update(
    source: readonly Row[],
    by: Ordering<Row>,
    keep: ((row: Row) => boolean) | null,
    held: boolean,
  ): { rows: readonly Row[]; waiting: number } {
    const ordered = order(source, by, this.#ordered)
    const passing = keep === null ? ordered.rows : ordered.rows.filter(keep)
    const { change } = ordered
    if (!held || change === null || keep !== this.#keep) this.#shown = passing
    else {
      const came = keep === null ? change.came : change.came.filter(keep)
      this.#shown = hold(this.#shown, { gone: change.gone, came }, by.idOf)
    }
    this.#ordered = ordered
    this.#keep = keep
    return { rows: this.#shown, waiting: passing.length - this.#shown.length }
  }
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function comparison<Row>({ keyOf, idOf, descending, natural }: Ordering<Row>): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1
  return (a, b) => {
    const keyA = keyOf(a)
    const keyB = keyOf(b)
    if (keyA !== keyB) {
      if (keyA === null) return 1
      if (keyB === null) return -1
      if (natural && typeof keyA === 'string' && typeof keyB === 'string') {
        const order = collator.compare(keyA, keyB)
        if (order !== 0) return order * sign
      } else return keyA < keyB ? -sign : sign
    }
    const idA = idOf(a)
    const idB = idOf(b)
    return idA < idB ? -1 : idA > idB ? 1 : 0
  }
}

function difference<Row>(before: readonly Row[], after: readonly Row[]): { gone: Set<Row>; came: Row[] } {
  const gone = new Set<Row>()
  const came: Row[] = []
  if (before === after) return { gone, came }
  if (after.length >= before.length) {
    // The table's copy replaces rows in place and adds at the end.
    for (const [position, row] of after.entries()) {
      const old = before[position]
      if (old === row) continue
      if (old !== undefined) gone.add(old)
      came.push(row)
    }
    return { gone, came }
  }
  const known = new Set(before)
  const current = new Set(after)
  for (const row of before) if (!current.has(row)) gone.add(row)
  for (const row of after) if (!known.has(row)) came.push(row)
  return { gone, came }
}

/** `b` is short: its places in `a` are searched for, not walked to. */
function merge<Row>(a: readonly Row[], b: readonly Row[], compare: (a: Row, b: Row) => number): readonly Row[] {
  if (b.length === 0) return a
  const merged: Row[] = []
  let taken = 0
  for (const row of b) {
    const place = placeOf(row, a, taken, compare)
    while (taken < place) merged.push(a[taken++] as Row)
    merged.push(row)
  }
  while (taken < a.length) merged.push(a[taken++] as Row)
  return merged
}

/** Position of the first row of `rows`, from `from` on, that comes after `row`. */
function placeOf<Row>(row: Row, rows: readonly Row[], from: number, compare: (a: Row, b: Row) => number): number {
  let low = from
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as Row, row) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
