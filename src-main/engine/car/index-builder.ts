/**
 * Collects (multihash, offset) records and gives them back as an index, byte for byte as go-car's Finalize writes it:
 * hash functions, then digest lengths, then digests ascending; equal digests in the order they were added. What
 * outgrows the memory allowed is sorted and put aside in a temporary file, and merged at the end.
 */

import { tmpdir } from 'node:os'
import { othersRun } from '../base/index.ts'
import { carLimit } from './car-errors.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { DEFAULT_CAR_LIMITS } from './car-limits.ts'
import { readMultihash } from './cid-span.ts'
import { IDENTITY_CODE } from './multihash.ts'
import type { PackedMultihashes } from './multihash-list.ts'
import { RecordBucket, SlabPool, viewOf } from './record-bucket.ts'
import { RecordSorter } from './record-sorter.ts'
import { RunFile } from './run-file.ts'
import { mergeRuns } from './run-merge.ts'
import type { SectionBatch } from './section-batch.ts'
import { writeU64 } from './u64.ts'
import { varintLength, writeVarint } from './varint.ts'

export interface IndexBuilderOptions {
  /** Default car-multihash-index-sorted. */
  codec?: IndexCodec
  /** Records held in memory before they are put aside. Default 448 MiB: eleven million sha2-256 records. */
  memoryBytes?: number
  /** For the temporary file. Default: that of the system. */
  directory?: string
}

export interface AddSectionsOptions {
  /** Index identity CIDs too. Default false. */
  includeIdentity?: boolean
  /** Longest CID that may be indexed. Default 2048 bytes. */
  maxCidBytes?: number
}

/** The records of one bucket, sorted. */
export interface SortedBucket {
  /** null for a car-index-sorted. */
  hashCode: number | null
  digestLength: number
  count: number
  /** Digests and offsets packed; a piece is valid until the one after the next is asked for. May be gone over again. */
  pieces(): Iterable<Uint8Array>
}

const MEMORY_BYTES = 448 * 1024 * 1024
/** Each bucket costs memory of its own; real files use a handful. */
const MAX_BUCKETS = 65_536
/** Added between two looks at the memory held. */
const CHECK_EVERY_BYTES = 64 * 1024
const MERGE_READ_BYTES = 64 * 1024 * 1024

interface BuilderBucket {
  hashCode: number | null
  records: RecordBucket
  runs: Array<{ position: number; length: number }>
  count: number
}

export class IndexBuilder {
  readonly codec: IndexCodec
  recordCount = 0
  readonly #memoryBytes: number
  readonly #directory: string
  readonly #buckets = new Map<number, Map<number, BuilderBucket>>()
  readonly #sorter = new RecordSorter()
  readonly #pool = new SlabPool()
  #bucketCount = 0
  #last: BuilderBucket | null = null
  #lastCode = -1
  #runFile: RunFile | null = null
  #bytesUntilCheck = 0

  constructor(options: IndexBuilderOptions = {}) {
    this.codec = options.codec ?? MULTIHASH_INDEX_SORTED
    this.#memoryBytes = options.memoryBytes ?? MEMORY_BYTES
    this.#directory = options.directory ?? tmpdir()
  }

  /** Adds the section of `multihash` that starts `offset` bytes into the payload. */
  add(multihash: Uint8Array, offset: number): void {
    const { code, digest } = readMultihash(multihash)
    this.#addDigest(code, viewOf(digest), 0, digest.length, offset)
  }

  /** As `add`, of the digest that lies in `bytes` from `start` to `end`. */
  addDigest(hashCode: number, bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.#addDigest(hashCode, viewOf(bytes), start, end - start, offset)
  }

  /** Adds the multihashes numbered `from` to `to` of a packed list. */
  addPacked({ multihashes, ends, offsets }: PackedMultihashes, from: number, to: number): void {
    const bytes = viewOf(multihashes)
    let start = from === 0 ? 0 : (ends[from - 1] as number)
    for (let i = from; i < to; i++) {
      const end = ends[i] as number
      const code = multihashes[start] as number
      if (code < 0x80 && (multihashes[start + 1] as number) === end - start - 2 && end - start < 0x82)
        this.#addDigest(code, bytes, start + 2, end - start - 2, offsets[i] as number)
      else this.add(multihashes.subarray(start, end), offsets[i] as number)
      start = end
    }
  }

  /** Adds the sections of a scan. Throws CAR_LIMIT at a CID that is too long. Returns how many were left out. */
  addSections(batch: SectionBatch, options: AddSectionsOptions = {}): number {
    const { includeIdentity = false, maxCidBytes = DEFAULT_CAR_LIMITS.maxCidBytes } = options
    const bytes = viewOf(batch.bytes)
    const { hashCode, cidStart, digestStart, dataStart, sectionOffset } = batch
    let skipped = 0
    for (let i = 0; i < batch.count; i++) {
      const code = hashCode[i] as number
      if (code === IDENTITY_CODE && !includeIdentity) {
        skipped++
        continue
      }
      const end = dataStart[i] as number
      const cidLength = end - (cidStart[i] as number)
      if (cidLength > maxCidBytes) throw cidTooLong(cidLength, maxCidBytes, sectionOffset[i] as number)
      const start = digestStart[i] as number
      this.#addDigest(code, bytes, start, end - start, sectionOffset[i] as number)
    }
    return skipped
  }

  /**
   * Puts records aside before memory is used up, a little at a time, so that adding never has to do it all at once:
   * for builders on a thread that others need. Nothing may be added until it is done.
   */
  async makeRoom(): Promise<void> {
    if (this.#heldBytes() * 2 <= this.#memoryBytes) return
    for (const _ of this.#putAside()) await othersRun()
  }

  /** Length of the encoded index in bytes. */
  get byteLength(): number {
    const perCode = this.codec === MULTIHASH_INDEX_SORTED ? 8 + 4 : 0
    let length = varintLength(this.codec) + 4
    for (const widths of this.#buckets.values()) {
      length += perCode
      for (const { records, count } of widths.values()) length += 4 + 8 + count * records.width
    }
    return length
  }

  /** The records in index order. */
  sortedBuckets(): SortedBucket[] {
    return [...this.#buckets]
      .sort(([a], [b]) => a - b)
      .flatMap(([, widths]) =>
        [...widths.values()]
          .sort((a, b) => a.records.digestLength - b.records.digestLength)
          .map((bucket) => ({
            hashCode: bucket.hashCode,
            digestLength: bucket.records.digestLength,
            count: bucket.count,
            pieces: () => this.#sortedPieces(bucket),
          })),
      )
  }

  /**
   * The whole index, codec varint first, in pieces; a piece is valid until the one after the next is asked for. Without
   * identity CIDs where `identity` is false, which a car-index-sorted cannot tell apart.
   */
  *encode({ identity = true }: { identity?: boolean } = {}): Generator<Uint8Array> {
    const buckets = this.sortedBuckets().filter(({ hashCode }) => identity || hashCode !== IDENTITY_CODE)
    const codes = new Set(buckets.map(({ hashCode }) => hashCode))
    const codec = new Uint8Array(varintLength(this.codec))
    writeVarint(this.codec, codec, 0)
    yield codec
    yield int32(this.codec === MULTIHASH_INDEX_SORTED ? codes.size : buckets.length)
    let code: number | null = null
    for (const bucket of buckets) {
      if (bucket.hashCode !== code) {
        code = bucket.hashCode
        if (code !== null) yield uint64(code)
        yield int32(buckets.filter(({ hashCode }) => hashCode === code).length)
      }
      const head = new Uint8Array(12)
      head.set(int32(bucket.digestLength + 8))
      head.set(uint64(bucket.count * (bucket.digestLength + 8)), 4)
      yield head
      yield* bucket.pieces()
    }
  }

  /** Gives up memory and the temporary file. */
  close(): void {
    this.#runFile?.close()
    this.#runFile = null
    this.#buckets.clear()
    this.#last = null
  }

  #addDigest(hashCode: number, bytes: DataView, start: number, length: number, offset: number): void {
    const last = this.#last
    const bucket =
      last !== null && this.#lastCode === hashCode && last.records.digestLength === length
        ? last
        : this.#bucketFor(hashCode, length)
    bucket.records.add(bytes, start, offset)
    bucket.count++
    this.recordCount++
    this.#bytesUntilCheck -= bucket.records.width
    if (this.#bytesUntilCheck < 0 && this.#heldBytes() > this.#memoryBytes) for (const _ of this.#putAside());
  }

  #bucketFor(hashCode: number, digestLength: number): BuilderBucket {
    const code = this.codec === INDEX_SORTED ? ANY_CODE : hashCode
    let widths = this.#buckets.get(code)
    if (widths === undefined) {
      widths = new Map()
      this.#buckets.set(code, widths)
    }
    let bucket = widths.get(digestLength)
    if (bucket === undefined) {
      if (++this.#bucketCount > MAX_BUCKETS)
        throw carLimit(
          `The CAR uses more than ${MAX_BUCKETS} different hash functions and digest lengths: it is damaged or hostile.`,
        )
      bucket = {
        hashCode: code === ANY_CODE ? null : code,
        records: new RecordBucket(digestLength, this.#pool),
        runs: [],
        count: 0,
      }
      widths.set(digestLength, bucket)
    }
    this.#last = bucket
    this.#lastCode = hashCode
    return bucket
  }

  #sortedPieces(bucket: BuilderBucket): Iterable<Uint8Array> {
    const inMemory = bucket.records.sorted(this.#sorter)
    const file = this.#runFile
    if (file === null || bucket.runs.length === 0) return inMemory
    const pieceBytes = Math.min(4 * 1024 * 1024, MERGE_READ_BYTES / bucket.runs.length)
    const runs = bucket.runs.map((run) => file.read(run, bucket.records.width, pieceBytes))
    return mergeRuns([...runs, inMemory], bucket.records.digestLength)
  }

  #heldBytes(): number {
    let held = 0
    for (const widths of this.#buckets.values()) for (const { records } of widths.values()) held += records.heldBytes
    this.#bytesUntilCheck = Math.max(CHECK_EVERY_BYTES, this.#bucketCount * 32) // looking costs time for each bucket
    return held
  }

  /** Writes all records in memory to the temporary file, in steps. */
  *#putAside(): Generator<void> {
    this.#runFile ??= new RunFile(this.#directory)
    for (const widths of this.#buckets.values()) {
      for (const bucket of widths.values()) {
        if (bucket.records.count === 0) continue
        bucket.runs.push(yield* this.#runFile.write(bucket.records.sorted(this.#sorter)))
        bucket.records.clear()
      }
    }
  }
}

/** The key of all records in a car-index-sorted. */
const ANY_CODE = -1

function cidTooLong(length: number, most: number, offset: number): Error {
  return carLimit(`A CID of ${length} bytes is too long to be indexed; ${most} bytes are allowed.`, {
    offset,
    goCar: `cid size is larger than max allowed (${length} > ${most})`,
  })
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, true)
  return bytes
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  writeU64(value, bytes, 0)
  return bytes
}
