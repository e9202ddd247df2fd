/**
 * Goes over the sections of a CAR on disk. Small sections are found in large sequential reads; where sections are
 * large and their data is not wanted, only their heads are read. It changes between the two by itself.
 */

import { type EngineError, othersRun, type RandomAccessReader, throwIfAborted } from '../base/index.ts'
import { carTruncated } from './car-errors.ts'
import type { CarLayout } from './car-layout.ts'
import { type CarLimits, withDefaultLimits } from './car-limits.ts'
import { giveBackScanBuffer, takeScanBuffer } from './scan-buffers.ts'
import { emptySectionBatch, type SectionBatch } from './section-batch.ts'
import {
  PARSE_FAILED,
  PARSE_FULL,
  PARSE_NEED_MORE,
  PARSE_ZERO,
  type ParseStop,
  SectionParser,
} from './section-parser.ts'

export interface ScanOptions extends CarLimits {
  /** The data of every section must be in the batch. Default false: heads only. */
  data?: boolean
  /**
   * Read on the calling thread: for worker threads. Needs reader.readAtSync. Default false: asynchronous reads, one
   * ahead of the consumer.
   */
  sync?: boolean
  /** Start at this section instead of the first; an offset from the start of the payload. */
  from?: number
  /** Stop in front of this section; an offset from the start of the payload. */
  to?: number
  /** Bytes of a sequential read. Default 4 MiB. */
  readBytes?: number
  signal?: AbortSignal
}

/** Where and why a scan ended. */
export interface ScanEnd {
  /** From the start of the payload: the end of the last section. */
  offset: number
  /** A section of length zero was taken as the end. */
  atZeroSection: boolean
}

/** The parts of a layout that say where sections are. */
export type PayloadRange = Pick<CarLayout, 'payloadOffset' | 'payloadSize' | 'headerSize'>

/**
 * The sections of a CAR in order, in batches. Damage is thrown (CAR_INVALID, CAR_TRUNCATED, CAR_LIMIT, with
 * `details.offset`) after the sections in front of it have been given. A scan can be gone over once.
 */
export function scanCar(reader: RandomAccessReader, payload: PayloadRange, options: ScanOptions = {}): CarScan {
  return new CarScan(reader, payload, options)
}

const READ_BYTES = 4 * 1024 * 1024
const FIRST_CAPACITY = 512
const MAX_CAPACITY = 16 * 1024
/** Enough for the length and any usual CID, so that a head takes one read. */
const HEAD_BYTES = 128
const HEADS_PER_BATCH = 1024
/** Average section size from which reading only the heads is faster than reading everything. */
const SKIP_FROM_SYNC = 32 * 1024
const SKIP_FROM_ASYNC = 256 * 1024
/** How long a synchronous scan may hold the thread before messages (such as a cancellation) are let in. */
const HOLD_MS = 25

export class CarScan implements AsyncIterable<SectionBatch> {
  /** null until the scan has ended by itself. */
  end: ScanEnd | null = null
  /** Payload offset of the next section; after a throw, of the damaged one. */
  position: number
  readonly #reader: RandomAccessReader
  readonly #options: ScanOptions
  readonly #payloadOffset: number
  readonly #endOffset: number
  readonly #sync: boolean
  readonly #parser: SectionParser
  readonly #buffers: Uint8Array[] = []
  #batch: SectionBatch = emptySectionBatch(FIRST_CAPACITY)
  #batchWasFull = false
  #heldSince = performance.now()

  constructor(reader: RandomAccessReader, payload: PayloadRange, options: ScanOptions) {
    this.#reader = reader
    this.#options = options
    this.#payloadOffset = payload.payloadOffset
    this.#endOffset = Math.min(options.to ?? payload.payloadSize, payload.payloadSize)
    this.#sync = options.sync === true && reader.readAtSync !== undefined
    this.position = options.from ?? payload.headerSize
    this.#parser = new SectionParser(withDefaultLimits(options), {
      payloadOffset: payload.payloadOffset,
      endOffset: this.#endOffset,
      wantData: options.data === true,
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SectionBatch> {
    const skipFrom = this.#sync ? SKIP_FROM_SYNC : SKIP_FROM_ASYNC
    for (let heads = false; this.position < this.#endOffset && this.end === null; heads = !heads) {
      yield* heads ? this.#readHeads(skipFrom / 2) : this.#readAll(skipFrom)
    }
    this.end ??= { offset: this.position, atZeroSection: false }
    // Not after a break: whoever left the loop may still look at the last batch.
    for (const buffer of this.#buffers.splice(0)) giveBackScanBuffer(buffer)
  }

  /** Reads everything, until sections turn out to be so large that heads are enough. */
  async *#readAll(skipFrom: number): AsyncGenerator<SectionBatch> {
    const readBytes = this.#options.readBytes ?? READ_BYTES
    const parser = this.#parser
    let ahead: Promise<Uint8Array> | null = null
    let wanted = readBytes
    try {
      for (let turn = 0; this.position < this.#endOffset; turn = this.#sync ? 0 : 1 - turn) {
        const base = this.position
        const bytes = ahead === null ? await this.#fill(turn, wanted) : await ahead
        ahead = null
        let found = 0
        let stop: ParseStop = PARSE_FULL
        while (stop === PARSE_FULL) {
          const batch = this.#freshBatch(bytes)
          stop = parser.parse(batch, this.position - base, bytes.length, base)
          this.position = base + parser.next
          found += batch.count
          if (stop === PARSE_ZERO) this.end = { offset: this.position, atZeroSection: true }
          // Kept for the sections that follow: with less, large ones would be read twice.
          if (stop === PARSE_NEED_MORE) wanted = enoughFor(parser.needBytes, readBytes)
          const large = !this.#options.data && found > 0 && (this.position - base) / found >= skipFrom
          const ended = large || this.end !== null || this.position >= this.#endOffset
          if (!this.#sync && !ended && stop !== PARSE_FULL && stop !== PARSE_FAILED) {
            ahead = this.#fill(1 - turn, wanted)
            ahead.catch(() => {}) // reported when it is awaited
          }
          this.#batchWasFull = stop === PARSE_FULL
          if (batch.count > 0) yield batch
          if (stop === PARSE_FAILED) throw parser.failure as EngineError
          if (stop !== PARSE_FULL && ended) return
        }
        await this.#letMessagesIn()
      }
    } finally {
      await ahead?.catch(() => {}) // nobody may close the reader under a read that is under way
    }
  }

  /** Reads one head after the other, until sections turn out to be small or a CID to be long. */
  async *#readHeads(leaveBelow: number): AsyncGenerator<SectionBatch> {
    const parser = this.#parser
    while (this.position < this.#endOffset) {
      const bytes = this.#buffer(0, HEADS_PER_BATCH * HEAD_BYTES)
      const batch = this.#freshBatch(bytes)
      const from = this.position
      let stop: ParseStop = PARSE_NEED_MORE
      let stuck = false
      for (let start = 0; start < bytes.length && this.position < this.#endOffset && !stuck; start += HEAD_BYTES) {
        const head = bytes.subarray(start, start + Math.min(HEAD_BYTES, this.#endOffset - this.position))
        const read = this.#read(head, this.position)
        if (read !== undefined) await read
        const base = this.position - start
        stop = parser.parse(batch, start, start + head.length, base)
        stuck = stop >= PARSE_ZERO || stop === PARSE_FULL || parser.next === start
        this.position = base + parser.next
        if (start === 15 * HEAD_BYTES && (this.position - from) / batch.count < leaveBelow) stuck = true
      }
      if (stop === PARSE_ZERO) this.end = { offset: this.position, atZeroSection: true }
      const found = batch.count
      this.#batchWasFull = stop === PARSE_FULL
      if (found > 0) yield batch
      if (stop === PARSE_FAILED) throw parser.failure as EngineError
      if (stuck || (this.position - from) / found < leaveBelow) return
      await this.#letMessagesIn()
    }
  }

  /** Fills a buffer from the current position. */
  async #fill(turn: number, wanted: number): Promise<Uint8Array> {
    const length = Math.min(wanted, this.#endOffset - this.position)
    const bytes = this.#buffer(turn, length).subarray(0, length)
    await this.#read(bytes, this.position)
    return bytes
  }

  #buffer(turn: number, length: number): Uint8Array {
    const buffer = this.#buffers[turn] ?? new Uint8Array(0)
    if (buffer.length >= length) return buffer
    giveBackScanBuffer(buffer)
    const larger = takeScanBuffer(length)
    this.#buffers[turn] = larger
    return larger
  }

  #read(into: Uint8Array, offset: number): Promise<void> | undefined {
    throwIfAborted(this.#options.signal)
    const position = this.#payloadOffset + offset
    if (this.#sync) {
      if (this.#reader.readAtSync?.(into, position) !== into.length) throw shrunk(position)
      return undefined
    }
    return this.#reader.readAt(into, position, this.#options.signal).then((got) => {
      if (got !== into.length) throw shrunk(position)
    })
  }

  /** The batch to fill next; a larger one when the last was too small. */
  #freshBatch(bytes: Uint8Array): SectionBatch {
    const capacity = this.#batch.sectionOffset.length
    if (this.#batchWasFull && capacity < MAX_CAPACITY) this.#batch = emptySectionBatch(capacity * 2)
    this.#batch.count = 0
    this.#batch.bytes = bytes
    return this.#batch
  }

  async #letMessagesIn(): Promise<void> {
    if (!this.#sync || performance.now() - this.#heldSince < HOLD_MS) return
    await othersRun()
    this.#heldSince = performance.now()
    throwIfAborted(this.#options.signal)
  }
}

/** What to read when a section of `sectionBytes` comes next: several of its size, as its neighbours are often as large. */
function enoughFor(sectionBytes: number, readBytes: number): number {
  if (sectionBytes >= readBytes) return sectionBytes
  const sections = Math.floor(readBytes / sectionBytes) + (sectionBytes >= readBytes / 64 ? 1 : 0)
  return Math.max(readBytes, sections * sectionBytes)
}

function shrunk(position: number): EngineError {
  return carTruncated('it has become shorter while it was read', { offset: position })
}
