/**
 * Which rows a table shows, and in which order, fast enough for 100,000 rows that change several times a second.
 *
 * The first arrangement filters and sorts everything. After that only the rows that changed are sorted and merged into
 * the previous order, which takes a few milliseconds. (TanStack's row model sorts 100,000 rows anew on every change,
 * in more than a second; it keeps our columns instead.)
 *
 * Invariant: rows that did not change are the same objects as before, and rows sort by key, then by id, so that the
 * order does not depend on the way it was reached.
 */

/** What a row sorts by. null sorts last in either direction. */
export type SortKey = string | number | null

export interface Arranging<Row> {
  idOf: (row: Row) => string
  keep: (row: Row) => boolean
  keyOf: (row: Row) => SortKey
  descending: boolean
  /** Compare texts as a person would: `file 9` before `file 10`. Slower; for names, not for CIDs. */
  natural: boolean
}

export interface Arrangement<Row> {
  by: Arranging<Row>
  source: readonly Row[]
  rows: readonly Row[]
  /** What differs from the previous arrangement; null when everything may. */
  change: { gone: ReadonlySet<Row>; came: readonly Row[] } | null
}

/** `previous` is reused when it was made by the very same `by`. */
export function arrange<Row>(
  source: readonly Row[],
  by: Arranging<Row>,
  previous: Arrangement<Row> | null = null,
): Arrangement<Row> {
  const compare = comparison(by)
  if (previous === null || previous.by !== by || previous.rows.length === 0)
    return { by, source, rows: source.filter(by.keep).sort(compare), change: null }
  const { gone, came } = difference(previous.source, source)
  const added = came.filter(by.keep).sort(compare)
  const kept = gone.size === 0 ? previous.rows : previous.rows.filter((row) => !gone.has(row))
  return { by, source, rows: merge(kept, added, compare), change: { gone, came: added } }
}

/**
 * The rows on screen while the user points at them or has scrolled: those that were there stay where they are, with
 * their new content; rows that disappeared go; new ones wait.
 */
export function hold<Row>(shown: readonly Row[], { rows, change, by }: Arrangement<Row>): readonly Row[] {
  if (change === null) return rows
  if (change.gone.size === 0) return shown
  const replacements = new Map(change.came.map((row) => [by.idOf(row), row]))
  const held: Row[] = []
  for (const row of shown) {
    const now = change.gone.has(row) ? replacements.get(by.idOf(row)) : row
    if (now !== undefined) held.push(now)
  }
  return held
}

/** Remembers the last arrangement and what was shown of it, between renderings. */
export class RowArranger<Row> {
  #last: Arrangement<Row> | null = null
  #shown: readonly Row[] = []

  /** `waiting` counts the rows that are held back. */
  update(source: readonly Row[], by: Arranging<Row>, held: boolean): { rows: readonly Row[]; waiting: number } {
    const arrangement = arrange(source, by, this.#last)
    this.#shown = held ? hold(this.#shown, arrangement) : arrangement.rows
    this.#last = arrangement
    return { rows: this.#shown, waiting: arrangement.rows.length - this.#shown.length }
  }
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function comparison<Row>({ keyOf, idOf, descending, natural }: Arranging<Row>): (a: Row, b: Row) => number {
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
