/**
 * The table of buckets inside an index (car-index-sorted and car-multihash-index-sorted). Only bucket heads are read;
 * the records stay where they are. Every number is checked against the bytes that are there before it is believed.
 *
 * Against the text of the specification, and as every program writes it: the u64 behind a bucket's width is its
 * length in bytes, and i32 counts stand in front of the buckets and of the hash functions.
 */
import type { RandomAccessReader } from '../base/index.ts'
import { indexInvalid } from './car-errors.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { MAX_VARINT_BYTES, scanVarint, varintLength } from './varint.ts'

export interface IndexBucket {
  /** null in a car-index-sorted. */
  hashCode: number | null
  digestLength: number
  /** Bytes of a record: digestLength + 8. */
  width: number
  /** Of the first record, in the reader. */
  position: number
  count: number
}

export interface IndexTable {
  codec: IndexCodec
  buckets: IndexBucket[]
  recordCount: number
  /** From the codec varint to the last record. */
  byteLength: number
}

const MAX_WIDTH = 32 * 1024 * 1024
/** Far more than there are hash functions and digest lengths in use; keeps a hostile index from filling memory. */
const MAX_BUCKETS = 65_536

/** Reads the table of the index at `offset`, which ends at `end` at the latest. Throws INDEX_INVALID. */
export async function readIndexTable(
  reader: RandomAccessReader,
  offset: number,
  end: number,
  signal?: AbortSignal,
): Promise<IndexTable> {
  const cursor = new Cursor(reader, offset, end, signal)
  const codec = await cursor.codec()
  const buckets: IndexBucket[] = []
  if (codec === INDEX_SORTED) {
    await readBuckets(cursor, null, buckets)
  } else {
    const codes = await cursor.count('MultihashIndexSorted')
    for (let i = 0; i < codes; i++) await readBuckets(cursor, await cursor.uint64('hash function'), buckets)
  }
  const recordCount = buckets.reduce((sum, bucket) => sum + bucket.count, 0)
  return { codec, buckets, recordCount, byteLength: cursor.position - offset }
}

async function readBuckets(cursor: Cursor, hashCode: number | null, into: IndexBucket[]): Promise<void> {
  const count = await cursor.count('multiWidthIndex')
  for (let i = 0; i < count; i++) {
    if (into.length === MAX_BUCKETS)
      throw indexInvalid(`The index has more than ${MAX_BUCKETS} buckets: it is damaged.`)
    const width = await cursor.uint32()
    if (width < 8) throw cursor.invalid('malformed index; width must be at least 8')
    if (width > MAX_WIDTH) throw cursor.invalid('index too big; singleWidthIndex width is larger than allowed maximum')
    const byteLength = await cursor.uint64('bucket length')
    const position = cursor.position
    cursor.skip(byteLength)
    into.push({ hashCode, digestLength: width - 8, width, position, count: Math.floor(byteLength / width) })
  }
}

/** Reads the little numbers between the buckets. */
class Cursor {
  readonly #reader: RandomAccessReader
  readonly #end: number
  readonly #signal: AbortSignal | undefined
  position: number
  readonly #bytes = Buffer.alloc(MAX_VARINT_BYTES)

  constructor(reader: RandomAccessReader, offset: number, end: number, signal: AbortSignal | undefined) {
    this.#reader = reader
    this.#end = Math.min(end, reader.size)
    this.#signal = signal
    this.position = offset
  }

  async codec(): Promise<IndexCodec> {
    const got = await this.#reader.readAt(
      this.#bytes.subarray(0, Math.max(0, Math.min(MAX_VARINT_BYTES, this.#end - this.position))),
      this.position,
      this.#signal,
    )
    const codec = scanVarint(this.#bytes, 0, got)
    if (codec < 0) throw this.#short()
    if (codec !== INDEX_SORTED && codec !== MULTIHASH_INDEX_SORTED)
      throw this.invalid(`unknwon index codec: ${codec === 1 ? 'cidv1' : `Code(${codec})`}`)
    this.position += varintLength(codec)
    return codec
  }

  async count(what: string): Promise<number> {
    await this.#take(4)
    const count = this.#bytes.readInt32LE(0)
    if (count < 0) throw this.invalid(`index too big; ${what} count is overflowing int32`)
    return count
  }

  async uint32(): Promise<number> {
    await this.#take(4)
    return this.#bytes.readUInt32LE(0)
  }

  async uint64(what: string): Promise<number> {
    await this.#take(8)
    const value = this.#bytes.readBigUInt64LE(0)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.invalid(`malformed index; ${what} ${value} is too large`)
    return Number(value)
  }

  skip(length: number): void {
    if (length > this.#end - this.position) throw this.#short()
    this.position += length
  }

  invalid(problem: string): Error {
    return indexInvalid(`The index of the CAR cannot be used (${problem}). It can be built again from the CAR.`, {
      offset: this.position,
      goCar: problem,
    })
  }

  async #take(length: number): Promise<void> {
    if (length > this.#end - this.position) throw this.#short()
    const got = await this.#reader.readAt(this.#bytes.subarray(0, length), this.position, this.#signal)
    if (got < length) throw this.#short()
    this.position += length
  }

  #short(): Error {
    return this.invalid('unexpected EOF')
  }
}
