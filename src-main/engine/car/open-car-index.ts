/** Opens an index file, or the index inside a CAR, without loading it. */
import { EngineError, MemoryReader, type RandomAccessReader, throwIfAborted } from '../base/index.ts'
import { BucketSearch, type Search } from './bucket-search.ts'
import { indexInvalid } from './car-errors.ts'
import { type CarIndex, INDEX_SORTED, type IndexCodec, type IndexRecords } from './car-index.ts'
import { readMultihash } from './cid-span.ts'
import { type IndexTable, readIndexTable } from './index-buckets.ts'
import { readU64 } from './u64.ts'
import { varintLength, writeVarint } from './varint.ts'

export interface OpenIndexOptions {
  signal?: AbortSignal
  /** An index of at most this many bytes is read into memory. Default 256 KiB. */
  inMemoryBytes?: number
  /** Close the reader together with the index. Default false. */
  ownsReader?: boolean
}

const IN_MEMORY_BYTES = 256 * 1024
const BATCH_BYTES = 1024 * 1024

/**
 * The index in `reader`, or in `range` of it (in a CARv2: from indexOffset to the end of the file). Reads the bucket
 * heads only. Throws INDEX_INVALID.
 */
export async function openCarIndex(
  reader: RandomAccessReader,
  range: { offset: number; length: number } = { offset: 0, length: reader.size },
  options: OpenIndexOptions = {},
): Promise<CarIndex> {
  if (range.length > (options.inMemoryBytes ?? IN_MEMORY_BYTES)) {
    const table = await readIndexTable(reader, range.offset, range.offset + range.length, options.signal)
    return new OpenIndex(reader, table, options.ownsReader === true ? reader : null)
  }
  const bytes = new Uint8Array(Math.max(0, Math.min(range.length, reader.size - range.offset)))
  const got = await reader.readAt(bytes, range.offset, options.signal)
  const memory = new MemoryReader(bytes.subarray(0, got))
  const table = await readIndexTable(memory, 0, got, options.signal)
  return new OpenIndex(memory, table, options.ownsReader === true ? reader : null)
}

class OpenIndex implements CarIndex {
  readonly codec: IndexCodec
  readonly recordCount: number
  readonly byteLength: number
  readonly canFindSync: boolean
  readonly #reader: RandomAccessReader
  readonly #table: IndexTable
  readonly #owned: RandomAccessReader | null
  readonly #searches: BucketSearch[]
  #scratch = new Uint8Array(0)

  constructor(reader: RandomAccessReader, table: IndexTable, owned: RandomAccessReader | null) {
    this.codec = table.codec
    this.recordCount = table.recordCount
    this.byteLength = table.byteLength
    this.canFindSync = reader.readAtSync !== undefined
    this.#reader = reader
    this.#table = table
    this.#owned = owned
    this.#searches = table.buckets.map((bucket) => new BucketSearch(bucket))
  }

  async find(multihash: Uint8Array, signal?: AbortSignal): Promise<number[]> {
    const { search, digest } = this.#searchFor(multihash)
    if (search === undefined) return []
    return this.#run(search.find(digest), signal)
  }

  findSync(multihash: Uint8Array): number[] {
    const { search, digest } = this.#searchFor(multihash)
    return search === undefined ? [] : this.#runSync(search.find(digest))
  }

  async *entries(signal?: AbortSignal): AsyncGenerator<{ multihash: Uint8Array; offset: number }> {
    if (this.codec === INDEX_SORTED)
      throw new EngineError(
        'UNSUPPORTED',
        'An index of codec car-index-sorted does not record hash functions, so its multihashes cannot be listed. Build a car-multihash-index-sorted from the CAR instead.',
        { details: { goCar: 'index of codec car-index-sorted is not iterable' } },
      )
    for await (const records of this.batches(signal)) {
      const head = multihashHead(records)
      const width = records.digestLength + 8
      for (let at = 0; at < records.bytes.length; at += width) {
        const multihash = new Uint8Array(head.length + records.digestLength)
        multihash.set(head)
        multihash.set(records.bytes.subarray(at, at + records.digestLength), head.length)
        yield { multihash, offset: readU64(records.bytes, at + records.digestLength) }
      }
    }
  }

  async *batches(signal?: AbortSignal): AsyncGenerator<IndexRecords> {
    let buffer = new Uint8Array(0)
    for (const { hashCode, digestLength, width, position, count } of this.#table.buckets) {
      const perBatch = Math.max(1, Math.floor(BATCH_BYTES / width))
      for (let first = 0; first < count; first += perBatch) {
        throwIfAborted(signal)
        const records = Math.min(perBatch, count - first)
        const length = records * width
        if (buffer.length < length) buffer = new Uint8Array(length)
        const bytes = buffer.subarray(0, length)
        const got = await this.#reader.readAt(bytes, position + first * width, signal)
        if (got < length) throw shrunk(position + first * width)
        yield { hashCode, digestLength, count: records, bytes }
      }
    }
  }

  async close(): Promise<void> {
    await this.#owned?.close()
  }

  #searchFor(multihash: Uint8Array): { search: BucketSearch | undefined; digest: Uint8Array } {
    const { code, digest } = readMultihash(multihash)
    const search = this.#searches.find(
      ({ bucket }) => bucket.digestLength === digest.length && (bucket.hashCode === null || bucket.hashCode === code),
    )
    return { search, digest }
  }

  async #run(search: Search, signal: AbortSignal | undefined): Promise<number[]> {
    let step = search.next()
    while (step.done !== true) {
      const bytes = Buffer.allocUnsafe(step.value.length)
      const got = await this.#reader.readAt(bytes, step.value.position, signal)
      if (got < bytes.length) throw shrunk(step.value.position)
      step = search.next(bytes)
    }
    return step.value
  }

  #runSync(search: Search): number[] {
    let step = search.next()
    while (step.done !== true) {
      const { position, length } = step.value
      if (this.#scratch.length < length) this.#scratch = new Uint8Array(Math.max(4096, length))
      const bytes = this.#scratch.subarray(0, length)
      if (this.#reader.readAtSync === undefined)
        throw new EngineError('UNSUPPORTED', 'These bytes can be read only asynchronously.')
      if (this.#reader.readAtSync(bytes, position) < length) throw shrunk(position)
      step = search.next(bytes)
    }
    return step.value
  }
}

function multihashHead(records: IndexRecords): Uint8Array {
  const code = records.hashCode ?? 0
  const head = new Uint8Array(varintLength(code) + varintLength(records.digestLength))
  writeVarint(records.digestLength, head, writeVarint(code, head, 0))
  return head
}

function shrunk(position: number): EngineError {
  return indexInvalid('The index has become shorter while it was read.', { offset: position })
}
