/** What differs between two versions of a list of rows. A row that changed is another object under the same id. */
export interface RowChanges<Row> {
  gone: readonly Row[]
  came: readonly Row[]
}

/**
 * One pass over both lists, for lists that keep their order: rows are replaced in place, taken out, added at the end.
 * Any other list is told as gone and come, too: right, but no saving.
 */
export function changesBetween<Row>(
  before: readonly Row[],
  after: readonly Row[],
  idOf: (row: Row) => string,
): RowChanges<Row> {
  const gone: Row[] = []
  const came: Row[] = []
  if (before === after) return { gone, came }
  let now = 0
  for (const old of before) {
    const row = after[now]
    if (row === old) now++
    else {
      gone.push(old)
      if (row !== undefined && idOf(row) === idOf(old)) {
        came.push(row)
        now++
      }
    }
  }
  for (; now < after.length; now++) came.push(after[now] as Row)
  return { gone, came }
}

/** Whether so much changed that it is cheaper to begin anew. */
export function isMuch({ gone, came }: RowChanges<unknown>, rows: number): boolean {
  return (gone.length + came.length) * 8 > rows
}

/** `rows`, which are sorted, without those that are gone and with those that came: a few comparisons for each. */
export function applyChanges<Row>(
  rows: readonly Row[],
  { gone, came }: RowChanges<Row>,
  compare: (a: Row, b: Row) => number,
): readonly Row[] {
  if (gone.length === 0 && came.length === 0) return rows
  const leaving = gone.map((row) => placeOf(row, rows, compare) - 1)
  // What a row sorts by never changes; should it, the row is not where it is looked for.
  if (leaving.some((place, at) => rows[place] !== gone[at])) {
    const all = new Set(gone)
    return [...rows.filter((row) => !all.has(row)), ...came].sort(compare)
  }
  leaving.sort((a, b) => a - b)
  const coming = came.slice().sort(compare)
  const places = coming.map((row) => placeOf(row, rows, compare))
  const result: Row[] = []
  let nextLeaving = 0
  let nextComing = 0
  for (let at = 0; at <= rows.length; at++) {
    while (places[nextComing] === at) result.push(coming[nextComing++] as Row)
    if (at === rows.length) break
    if (leaving[nextLeaving] === at) nextLeaving++
    else result.push(rows[at] as Row)
  }
  return result
}

/** Position of the first row that comes after `row`. */
function placeOf<Row>(row: Row, rows: readonly Row[], compare: (a: Row, b: Row) => number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as Row, row) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
