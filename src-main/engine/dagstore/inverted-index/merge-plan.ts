/**
 * Which segments to merge next, given oldest first: the newest ones, as long as they hold at least half as many postings
 * as the one before them. So each that stays is more than twice as large as all after it: of 50 million postings there
 * are six at most, and a posting is written about as many times. Fewer than two: none.
 */
export function segmentsToMerge<Segment extends { recordCount: number }>(segments: readonly Segment[]): Segment[] {
  let first = segments.length - 1
  let total = segments[first]?.recordCount ?? 0
  for (let before = first - 1; before >= 0; before--) {
    const { recordCount } = segments[before] as Segment
    if (total * 2 < recordCount) break
    total += recordCount
    first = before
  }
  return segments.slice(first)
}
