/**
 * Sorts fixed-width records by their digest, stably: equal digests keep their order. Digests are nearly always spread
 * evenly, so a radix sort over four bytes settles almost everything; what ties is sorted by the bytes that follow.
 */
import { allocateBytes } from '../base/index.ts'

const RADIX_BITS = 11
const RADIX = 1 << RADIX_BITS
/** From this many records on a radix sort beats insertion. */
const RADIX_FROM = 48
const PIECE_BYTES = 1024 * 1024

export class RecordSorter {
  #order = new Uint32Array(0)
  #otherOrder = new Uint32Array(0)
  #keys = new Uint32Array(0)
  #otherKeys = new Uint32Array(0)
  #count = 0
  readonly #pieces: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]
  #turn = 0
  readonly #counts = new Uint32Array(RADIX)
  /** Ranges that tie in all bytes before `depth`. */
  readonly #ties: Array<{ low: number; high: number; depth: number }> = [];

  /**
   * The records sorted, in pieces of about 1 MiB. `records` holds `count` of them, each a digest of `digestLength` and
   * 8 bytes more; the digests are known to agree in their first `depth` bytes. A piece is valid until the one after
   * the next is asked for, so that it can be written while the next is made.
   */
  *sorted(records: Uint8Array, count: number, digestLength: number, depth: number): Generator<Uint8Array> {
    const width = digestLength + 8
    const perPiece = Math.max(1, Math.floor(PIECE_BYTES / width))
    const order = this.#sort(records, count, width, digestLength, depth)
    for (let first = 0; first < count; first += perPiece) {
      const some = order.subarray(first, Math.min(count, first + perPiece))
      const piece = this.#nextPiece(some.length * width)
      gather(records, some, width, piece)
      yield piece
    }
  }

  #nextPiece(length: number): Uint8Array {
    this.#turn = 1 - this.#turn
    const piece = this.#pieces[this.#turn as 0 | 1]
    if (piece.length >= length) return piece.subarray(0, length)
    this.#pieces[this.#turn as 0 | 1] = allocateBytes(Math.max(length, Math.min(PIECE_BYTES, length * 2)))
    return this.#pieces[this.#turn as 0 | 1].subarray(0, length)
  }

  /**
   * The order of `count` records of `width` bytes that start with a digest of `digestLength`: the i-th smallest is
   * number order[i]. The digests are known to agree in their first `depth` bytes. Valid until the next call.
   */
  #sort(records: Uint8Array, count: number, width: number, digestLength: number, depth: number): Uint32Array {
    this.#reserve(count)
    this.#count = count
    const unsorted = this.#order
    for (let i = 0; i < count; i++) unsorted[i] = i
    this.#ties.push({ low: 0, high: count, depth })
    for (let tie = this.#ties.pop(); tie !== undefined; tie = this.#ties.pop()) {
      if (tie.high - tie.low < RADIX_FROM)
        this.#insertionSort(records, width, digestLength, tie.low, tie.high, tie.depth)
      else this.#radixSort(records, width, digestLength, tie.low, tie.high, tie.depth)
    }
    return this.#order.subarray(0, count)
  }

  #reserve(count: number): void {
    if (this.#order.length >= count) return
    const capacity = Math.max(count, Math.min(2 ** 32 - 1, this.#order.length * 2))
    this.#order = new Uint32Array(capacity)
    this.#otherOrder = new Uint32Array(capacity)
    this.#keys = new Uint32Array(capacity)
    this.#otherKeys = new Uint32Array(capacity)
  }

  #insertionSort(records: Uint8Array, width: number, length: number, low: number, high: number, depth: number): void {
    const order = this.#order
    for (let i = low + 1; i < high; i++) {
      const moving = order[i] as number
      let at = i
      while (at > low && isBelow(records, moving * width, (order[at - 1] as number) * width, depth, length)) {
        order[at] = order[at - 1] as number
        at--
      }
      order[at] = moving
    }
  }

  /** Sorts by the four bytes at `depth` and puts off what ties. */
  #radixSort(records: Uint8Array, width: number, length: number, low: number, high: number, depth: number): void {
    const keys = this.#keys
    const order = this.#order
    let allAlike = 0
    const first = keyAt(records, (order[low] as number) * width, depth, length)
    for (let i = low; i < high; i++) {
      const key = keyAt(records, (order[i] as number) * width, depth, length)
      keys[i] = key
      allAlike |= key ^ first
    }
    if (allAlike !== 0) {
      for (let shift = 0; shift < 32; shift += RADIX_BITS) {
        if ((allAlike >>> shift) % RADIX !== 0) this.#pass(low, high, shift)
      }
    }
    if (depth + 4 < length) this.#putOffTies(low, high, depth + 4)
  }

  /** One stable pass over one digit, through the second pair of arrays. */
  #pass(low: number, high: number, shift: number): void {
    const counts = this.#counts.fill(0)
    const keys = this.#keys
    const order = this.#order
    const otherKeys = this.#otherKeys
    const otherOrder = this.#otherOrder
    const mask = RADIX - 1
    for (let i = low; i < high; i++) {
      const digit = ((keys[i] as number) >>> shift) & mask
      counts[digit] = (counts[digit] as number) + 1
    }
    let sum = low
    for (let digit = 0; digit < RADIX; digit++) {
      const count = counts[digit] as number
      counts[digit] = sum
      sum += count
    }
    for (let i = low; i < high; i++) {
      const key = keys[i] as number
      const digit = (key >>> shift) & mask
      const at = counts[digit] as number
      counts[digit] = at + 1
      otherKeys[at] = key
      otherOrder[at] = order[i] as number
    }
    if (low === 0 && high === this.#count) {
      this.#keys = otherKeys
      this.#otherKeys = keys
      this.#order = otherOrder
      this.#otherOrder = order
    } else {
      keys.set(otherKeys.subarray(low, high), low)
      order.set(otherOrder.subarray(low, high), low)
    }
  }

  #putOffTies(low: number, high: number, depth: number): void {
    const keys = this.#keys
    for (let i = low + 1; i < high; i++) {
      if (keys[i] !== keys[i - 1]) continue
      const from = i - 1
      while (i < high && keys[i] === keys[from]) i++
      this.#ties.push({ low: from, high: i, depth })
    }
  }
}

/** Copies the records numbered in `order`, one behind the other. */
function gather(records: Uint8Array, order: Uint32Array, width: number, into: Uint8Array): void {
  if (width % 4 === 0 && records.byteOffset % 4 === 0) {
    const words = width / 4
    const source = new Uint32Array(records.buffer, records.byteOffset, Math.floor(records.length / 4))
    const target = new Uint32Array(into.buffer, into.byteOffset, order.length * words)
    let at = 0
    for (let i = 0; i < order.length; i++) {
      const from = (order[i] as number) * words
      for (let word = 0; word < words; word++) target[at++] = source[from + word] as number
    }
    return
  }
  let at = 0
  for (let i = 0; i < order.length; i++) {
    const from = (order[i] as number) * width
    for (let byte = 0; byte < width; byte++) into[at++] = records[from + byte] as number
  }
}

/** Four bytes of a digest as a number that sorts like them; zeros behind its end. */
function keyAt(records: Uint8Array, start: number, depth: number, length: number): number {
  const at = start + depth
  if (depth + 4 <= length)
    return (
      (((records[at] as number) << 24) |
        ((records[at + 1] as number) << 16) |
        ((records[at + 2] as number) << 8) |
        (records[at + 3] as number)) >>>
      0
    )
  let key = 0
  for (let i = 0; i < 4; i++) key = (key << 8) | (depth + i < length ? (records[at + i] as number) : 0)
  return key >>> 0
}

/** Whether the digest at `a` sorts before the one at `b`; both agree before `depth`. */
function isBelow(records: Uint8Array, a: number, b: number, depth: number, length: number): boolean {
  for (let i = depth; i < length; i++) {
    const difference = (records[a + i] as number) - (records[b + i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
