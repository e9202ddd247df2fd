/**
 * The records of one index bucket while they are collected: digest and offset, packed, not an object each. A large
 * bucket is split by the first digest byte as it grows, so that each part can be sorted within the processor's cache.
 */
import { allocateBytes } from '../base/index.ts'
import type { RecordSorter } from './record-sorter.ts'
import { readU64 } from './u64.ts'

const PARTS = 256
/** From this many records on a bucket is split into parts. */
const SPLIT_FROM = 4096
const RECORDS_PER_PAGE = 64
const SLAB_BYTES = 1024 * 1024
/** Longer digests (identity CIDs only) are few and stay in one list. */
const MAX_SPLIT_WIDTH = 8192
const NO_PAGE = -1

/** Blocks of memory that the buckets of one index share, so that what one gives up another can use. */
export class SlabPool {
  readonly #free: Uint8Array[] = []

  take(): Uint8Array {
    return this.#free.pop() ?? allocateBytes(SLAB_BYTES)
  }

  giveBack(slabs: Uint8Array[]): void {
    this.#free.push(...slabs.splice(0))
  }
}

export class RecordBucket {
  readonly digestLength: number
  readonly width: number
  count = 0
  /** Bytes of memory held. */
  heldBytes = 0
  readonly #pool: SlabPool
  #flat: Uint8Array = new Uint8Array(0)
  #pages: PagedParts | null = null

  constructor(digestLength: number, pool: SlabPool) {
    this.digestLength = digestLength
    this.width = digestLength + 8
    this.#pool = pool
  }

  /** Appends a record; its digest is at `start` of `bytes`. */
  add(bytes: DataView, start: number, offset: number): void {
    if (this.#pages !== null) {
      this.#pages.add(bytes, start, offset)
      this.count++
      this.heldBytes = this.#pages.heldBytes
      return
    }
    const at = this.count * this.width
    if (at === this.#flat.length) {
      if (this.count >= SPLIT_FROM && this.width <= MAX_SPLIT_WIDTH) {
        this.#split()
        this.add(bytes, start, offset)
        return
      }
      const larger = new Uint8Array(Math.max(this.width, this.#flat.length * 2))
      larger.set(this.#flat)
      this.#flat = larger
      this.heldBytes = larger.length
    }
    writeRecord(viewOf(this.#flat), at, bytes, start, this.digestLength, offset)
    this.count++
  }

  /** All records, sorted, in pieces; a piece is valid until the one after the next is asked for. */
  *sorted(sorter: RecordSorter): Generator<Uint8Array> {
    if (this.#pages === null) {
      yield* sorter.sorted(this.#flat, this.count, this.digestLength, 0)
      return
    }
    yield* this.#pages.sorted(sorter)
  }

  /** Forgets the records and gives up the memory. */
  clear(): void {
    this.count = 0
    this.#flat = new Uint8Array(0)
    this.#pages?.clear()
    this.heldBytes = 0
  }

  #split(): void {
    const pages = new PagedParts(this.digestLength, this.#pool)
    const flat = viewOf(this.#flat)
    for (let i = 0; i < this.count; i++) {
      const at = i * this.width
      pages.add(flat, at, readU64(this.#flat, at + this.digestLength))
    }
    this.#pages = pages
    this.#flat = new Uint8Array(0)
  }
}

/** 256 growing lists of records in shared slabs of memory. */
class PagedParts {
  readonly #digestLength: number
  readonly #width: number
  readonly #pool: SlabPool
  readonly #pageBytes: number
  readonly #pagesPerSlab: number
  readonly #slabs: Uint8Array[] = []
  #pageCount = 0
  /** Page -> the page after it in its part. */
  #nextPage = new Int32Array(1024)
  readonly #firstPage = new Int32Array(PARTS).fill(NO_PAGE)
  readonly #lastPage = new Int32Array(PARTS).fill(NO_PAGE)
  readonly #counts = new Uint32Array(PARTS)
  readonly #writeSlab: DataView[] = new Array<DataView>(PARTS).fill(new DataView(new ArrayBuffer(0)))
  readonly #writeAt = new Int32Array(PARTS)
  readonly #room = new Int32Array(PARTS)

  constructor(digestLength: number, pool: SlabPool) {
    this.#digestLength = digestLength
    this.#width = digestLength + 8
    this.#pool = pool
    this.#pageBytes = RECORDS_PER_PAGE * this.#width
    this.#pagesPerSlab = Math.floor(SLAB_BYTES / this.#pageBytes)
  }

  get heldBytes(): number {
    return this.#slabs.length * SLAB_BYTES
  }

  add(bytes: DataView, start: number, offset: number): void {
    const part = this.#digestLength === 0 ? 0 : bytes.getUint8(start)
    if (this.#room[part] === 0) this.#addPage(part)
    const at = this.#writeAt[part] as number
    writeRecord(this.#writeSlab[part] as DataView, at, bytes, start, this.#digestLength, offset)
    this.#writeAt[part] = at + this.#width
    this.#room[part] = (this.#room[part] as number) - 1
    this.#counts[part] = (this.#counts[part] as number) + 1
  }

  *sorted(sorter: RecordSorter): Generator<Uint8Array> {
    const largest = this.#counts.reduce((most, count) => Math.max(most, count), 0)
    const gathered = allocateBytes(largest * this.#width)
    for (let part = 0; part < PARTS; part++) {
      const count = this.#counts[part] as number
      if (count === 0) continue
      this.#gather(part, gathered)
      yield* sorter.sorted(gathered, count, this.#digestLength, Math.min(1, this.#digestLength))
    }
  }

  clear(): void {
    this.#pageCount = 0
    this.#pool.giveBack(this.#slabs)
    this.#firstPage.fill(NO_PAGE)
    this.#lastPage.fill(NO_PAGE)
    this.#counts.fill(0)
    this.#room.fill(0)
  }

  #addPage(part: number): void {
    const page = this.#pageCount++
    if (page === this.#nextPage.length) {
      const larger = new Int32Array(page * 2)
      larger.set(this.#nextPage)
      this.#nextPage = larger
    }
    this.#nextPage[page] = NO_PAGE
    const last = this.#lastPage[part] as number
    if (last === NO_PAGE) this.#firstPage[part] = page
    else this.#nextPage[last] = page
    this.#lastPage[part] = page
    const slab = Math.floor(page / this.#pagesPerSlab)
    if (slab === this.#slabs.length) this.#slabs.push(this.#pool.take())
    this.#writeSlab[part] = viewOf(this.#slabs[slab] as Uint8Array)
    this.#writeAt[part] = (page % this.#pagesPerSlab) * this.#pageBytes
    this.#room[part] = RECORDS_PER_PAGE
  }

  /** Puts the records of a part behind each other, in the order they were added. */
  #gather(part: number, into: Uint8Array): void {
    const pageBytes = this.#pageBytes
    let left = (this.#counts[part] as number) * this.#width
    let at = 0
    for (let page = this.#firstPage[part] as number; page !== NO_PAGE; page = this.#nextPage[page] as number) {
      const slab = this.#slabs[Math.floor(page / this.#pagesPerSlab)] as Uint8Array
      const start = (page % this.#pagesPerSlab) * pageBytes
      const length = Math.min(pageBytes, left)
      into.set(slab.subarray(start, start + length), at)
      at += length
      left -= length
    }
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function writeRecord(
  into: DataView,
  at: number,
  bytes: DataView,
  start: number,
  digestLength: number,
  offset: number,
): void {
  let done = 0
  for (; done + 4 <= digestLength; done += 4) into.setInt32(at + done, bytes.getInt32(start + done, true), true)
  for (; done < digestLength; done++) into.setUint8(at + done, bytes.getUint8(start + done))
  into.setUint32(at + digestLength, offset, true) // modulo 2^32
  into.setUint32(at + digestLength + 4, offset / 0x100000000, true)
}
