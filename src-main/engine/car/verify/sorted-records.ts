/** Walks over the sorted records of builders side by side: how blocks that are there are compared with blocks wanted. */
import { othersRun } from '../../base/index.ts'
import { copyBytes } from '../bytes.ts'
import type { SortedBucket } from '../index-builder.ts'
import { readU64 } from '../u64.ts'

/** How many records are passed before others may run on the thread. */
const RECORDS_AT_ONCE = 100_000

/** A position in a sorted sequence of records. */
export class RecordCursor {
  readonly digestLength: number
  readonly #pieces: Iterator<Uint8Array> | AsyncIterator<Uint8Array>
  readonly #width: number
  bytes: Uint8Array = new Uint8Array(0)
  /** Of the record's digest in `bytes`. */
  at = 0

  constructor(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, digestLength: number) {
    this.digestLength = digestLength
    this.#width = digestLength + 8
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
    this.at = -this.#width
  }

  /** Goes to the next record within the bytes at hand; false when more must be fetched. */
  next(): boolean {
    this.at += this.#width
    return this.at + this.#width <= this.bytes.length
  }

  /** Fetches more and stands on its first record; false at the end. */
  async fetch(): Promise<boolean> {
    const piece = await this.#pieces.next()
    if (piece.done === true) return false
    this.bytes = piece.value
    this.at = 0
    return true
  }

  get offset(): number {
    return readU64(this.bytes, this.at + this.digestLength)
  }

  get digest(): Uint8Array {
    return copyBytes(this.bytes, this.at, this.at + this.digestLength)
  }

  compare(other: RecordCursor): number {
    for (let i = 0; i < this.digestLength; i++) {
      const difference = (this.bytes[this.at + i] as number) - (other.bytes[other.at + i] as number)
      if (difference !== 0) return difference
    }
    return 0
  }

  compareTo(digest: Uint8Array): number {
    for (let i = 0; i < this.digestLength; i++) {
      const difference = (this.bytes[this.at + i] as number) - (digest[i] as number)
      if (difference !== 0) return difference
    }
    return 0
  }
}

export interface WantedRecord {
  hashCode: number
  digest: Uint8Array
  /** What was noted with it when it was added. */
  offset: number
}

/** Those of `wanted` whose multihash is not in `present`, each once. Both of codec car-multihash-index-sorted. */
export async function* missingFrom(
  present: readonly SortedBucket[],
  wanted: readonly SortedBucket[],
): AsyncGenerator<WantedRecord> {
  for (const bucket of wanted) {
    const { hashCode, digestLength } = bucket
    const there = present.find((other) => other.hashCode === hashCode && other.digestLength === digestLength)
    const have = new RecordCursor(there?.pieces() ?? [], digestLength)
    const want = new RecordCursor(bucket.pieces(), digestLength)
    let last: Uint8Array | null = null
    let haveMore = await have.fetch()
    for (let passed = 1, more = await want.fetch(); more; more = want.next() || (await want.fetch())) {
      while (haveMore && have.compare(want) < 0) {
        haveMore = have.next() || (await have.fetch())
        if (++passed % RECORDS_AT_ONCE === 0) await othersRun()
      }
      if (++passed % RECORDS_AT_ONCE === 0) await othersRun()
      if (haveMore && have.compare(want) === 0) continue
      if (last !== null && want.compareTo(last) === 0) continue
      last = want.digest
      yield { hashCode: hashCode ?? 0, digest: last, offset: want.offset }
    }
  }
}
