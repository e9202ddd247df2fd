import { POSTING_WORDS } from './posting-key.ts'

/** Postings are in the order of their keys, word by word. Postings of one key are in any order. */

const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS

/** Negative, zero or positive: how the key at word `i` of `a` stands to the one at word `j` of `b`. */
export function compareKeys(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return (
    (a[i] as number) - (b[j] as number) ||
    (a[i + 1] as number) - (b[j + 1] as number) ||
    (a[i + 2] as number) - (b[j + 2] as number)
  )
}

/** A sorted copy. Sorts by the first word digit by digit, then puts the few right whose first words are the same. */
export function sortedPostings(postings: Uint32Array): Uint32Array {
  let from = postings
  let into = new Uint32Array(postings.length)
  let spare = new Uint32Array(postings.length)
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    sortByDigit(from, into, shift)
    from = into
    into = spare
    spare = from as typeof spare
  }
  sortWithinFirstWords(from)
  return from
}

function sortByDigit(from: Uint32Array, into: Uint32Array, shift: number): void {
  const starts = new Uint32Array(DIGITS + 1)
  for (let at = 0; at < from.length; at += POSTING_WORDS)
    (starts[(((from[at] as number) >>> shift) & (DIGITS - 1)) + 1] as number)++
  for (let digit = 1; digit <= DIGITS; digit++)
    starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number)
  for (let at = 0; at < from.length; at += POSTING_WORDS) {
    const digit = ((from[at] as number) >>> shift) & (DIGITS - 1)
    const to = (starts[digit] as number) * POSTING_WORDS
    starts[digit] = (starts[digit] as number) + 1
    into[to] = from[at] as number
    into[to + 1] = from[at + 1] as number
    into[to + 2] = from[at + 2] as number
    into[to + 3] = from[at + 3] as number
  }
}

/** By insertion: postings that share a first word share, but for a handful, the whole key. */
function sortWithinFirstWords(postings: Uint32Array): void {
  for (let at = POSTING_WORDS; at < postings.length; at += POSTING_WORDS) {
    if (compareKeys(postings, at - POSTING_WORDS, postings, at) <= 0) continue
    const moved = postings.slice(at, at + POSTING_WORDS)
    let to = at
    for (; to > 0 && compareKeys(postings, to - POSTING_WORDS, moved, 0) > 0; to -= POSTING_WORDS)
      postings.copyWithin(to, to - POSTING_WORDS, to)
    postings.set(moved, to)
  }
}
