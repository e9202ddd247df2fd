/**
 * Reads one section of a CAR, given its offset from an index. An index may be wrong, so the CID in the section is always
 * compared with the one asked for.
 *
 * Small sections take one read: their length is guessed from those read before.
 */
import { markAsUntransferable } from 'node:worker_threads'
import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import {
  type CarLayout,
  type CarLimits,
  CID_OK,
  type CidSpan,
  carLimit,
  carTruncated,
  emptyCidSpan,
  MAX_VARINT_BYTES,
  scanCid,
  scanVarint,
  varintLength,
  withDefaultLimits,
} from '../car/index.ts'
import { LastView } from './last-view.ts'

/** Enough for the length and any usual CID. */
const HEAD_BYTES = 128
/** Sections up to this size are read with their head. */
const MAX_GUESS_BYTES = 16 * 1024
/** Small blocks are cut from pieces of memory of this size; getting memory for each would take half as long as reading it. */
const SLAB_BYTES = 64 * 1024
const SLAB_READ_BYTES = 8 * 1024

export class SectionReader {
  readonly #reader: RandomAccessReader
  readonly #payloadOffset: number
  readonly #payloadEnd: number
  readonly #maxSectionBytes: number
  readonly #wholeCids: boolean
  readonly #span: CidSpan = emptyCidSpan()
  /** Of the caller's memory: what is read at first, and the data. */
  readonly #head = new LastView()
  readonly #data = new LastView()
  #guess = HEAD_BYTES
  #slab = new Uint8Array(0)
  #slabUsed = 0
  /** Of the section that `#matches` looked at: length of varint and CID, and of the data. */
  #headLength = 0
  #dataLength = 0

  constructor(reader: RandomAccessReader, layout: CarLayout, wholeCids: boolean, limits?: CarLimits) {
    this.#reader = reader
    this.#payloadOffset = layout.payloadOffset
    this.#payloadEnd = layout.payloadOffset + layout.payloadSize
    this.#wholeCids = wholeCids
    this.#maxSectionBytes = withDefaultLimits(limits).maxSectionBytes
  }

  /** Data of the section at a payload offset; null when it holds another block. INDEX_INVALID when no section is there, CAR_TRUNCATED when it was cut. */
  async read(cid: CID, offset: number, signal?: AbortSignal): Promise<Uint8Array | null> {
    const position = this.#checked(offset)
    const buffer = new Uint8Array(this.#wanted(cid, position))
    const got = await this.#reader.readAt(buffer, position, signal)
    if (!this.#matches(cid, buffer, got, position)) return null
    const end = this.#checkedEnd(cid, position)
    if (end <= got) return buffer.subarray(this.#headLength, end)
    const { bytes, rest } = this.#begun(buffer, got, null)
    const more = await this.#reader.readAt(rest, position + got, signal)
    if (more < rest.length) throw noSection(offset, true)
    return bytes
  }

  /**
   * As `read`, on this thread. Only for readers with readAtSync. The result is a view of `into` where that is long enough;
   * otherwise small blocks share memory that cannot be transferred.
   */
  readSync(cid: CID, offset: number, into?: Uint8Array): Uint8Array | null {
    const position = this.#checked(offset)
    const wanted = this.#wanted(cid, position)
    const shared = into !== undefined && into.length >= wanted ? into : null
    const buffer = shared === null ? this.#bufferOf(wanted) : this.#head.get(shared, 0, wanted)
    const got = this.#readAtSync(buffer, position)
    if (!this.#matches(cid, buffer, got, position)) return null
    const end = this.#checkedEnd(cid, position)
    if (end > got) {
      const { bytes, rest } = this.#begun(buffer, got, shared)
      if (this.#readAtSync(rest, position + got) < rest.length) throw noSection(offset, true)
      return bytes
    }
    if (shared !== null) return this.#data.get(shared, this.#headLength, end)
    if (wanted <= SLAB_READ_BYTES) this.#slabUsed += end
    return buffer.subarray(this.#headLength, end)
  }

  /** Length of the data of the section at a payload offset; null when it holds another block. */
  async size(cid: CID, offset: number, signal?: AbortSignal): Promise<number | null> {
    const position = this.#checked(offset)
    const buffer = new Uint8Array(Math.min(HEAD_BYTES + cid.bytes.length, this.#payloadEnd - position))
    const got =
      this.#reader.readAtSync === undefined
        ? await this.#reader.readAt(buffer, position, signal)
        : this.#readAtSync(buffer, position)
    return this.#matches(cid, buffer, got, position) ? this.#dataLength : null
  }

  #checked(offset: number): number {
    const position = this.#payloadOffset + offset
    if (position >= this.#payloadEnd) throw noSection(offset, true)
    return position
  }

  /** How much to read at first: the CID asked for fits in any case. */
  #wanted(cid: CID, position: number): number {
    return Math.min(Math.max(this.#guess, cid.bytes.length + MAX_VARINT_BYTES), this.#payloadEnd - position)
  }

  #bufferOf(length: number): Uint8Array {
    if (length > SLAB_READ_BYTES) return new Uint8Array(length)
    if (this.#slabUsed + length > this.#slab.length) {
      this.#slab = new Uint8Array(Buffer.allocUnsafeSlow(SLAB_BYTES).buffer)
      this.#slabUsed = 0
      markAsUntransferable(this.#slab.buffer)
    }
    return this.#slab.subarray(this.#slabUsed, this.#slabUsed + length)
  }

  #readAtSync(into: Uint8Array, position: number): number {
    return this.#reader.readAtSync?.(into, position) ?? 0
  }

  /** Whether the section in `bytes` holds the block; notes the lengths of its parts. */
  #matches(cid: CID, bytes: Uint8Array, got: number, position: number): boolean {
    const length = scanVarint(bytes, 0, got)
    const cidStart = varintLength(length)
    const end = cidStart + length
    if (length > 0 && position + end <= this.#payloadEnd) {
      const cidEnd = cidStart + cid.bytes.length
      if (cidEnd <= end && cidEnd <= got && hasAt(bytes, cidStart, cid.bytes)) {
        this.#headLength = cidEnd
        this.#dataLength = end - cidEnd
        return true
      }
      const span = this.#span
      if (scanCid(bytes, cidStart, Math.min(end, got), span) === CID_OK) {
        this.#headLength = span.end
        this.#dataLength = end - span.end
        const { bytes: multihash } = cid.multihash
        return (
          !this.#wholeCids &&
          span.end - span.multihashStart === multihash.length &&
          hasAt(bytes, span.multihashStart, multihash)
        )
      }
      // The CID here is longer than what was read, and the one asked for would have fitted.
      if (got < end) return false
    }
    // The index is right where the block begins at that place: then it is the CAR that was cut.
    if (length > cid.bytes.length && cidStart + cid.bytes.length <= got && hasAt(bytes, cidStart, cid.bytes))
      throw carTruncated(
        `the section at byte ${position} says it has ${length} bytes, but only ${this.#payloadEnd - position - cidStart} bytes are left`,
        { offset: position },
      )
    throw noSection(position - this.#payloadOffset, got < cid.bytes.length + MAX_VARINT_BYTES)
  }

  /** End of the section in the buffer; CAR_LIMIT when it is larger than allowed. */
  #checkedEnd(cid: CID, position: number): number {
    const end = this.#headLength + this.#dataLength
    if (end > this.#maxSectionBytes) this.#refuse(cid, position)
    this.#guess = end > MAX_GUESS_BYTES ? HEAD_BYTES : Math.max(end, this.#guess - (this.#guess >> 4))
    return end
  }

  #refuse(cid: CID, position: number): void {
    const length = cid.bytes.length + this.#dataLength
    if (length <= this.#maxSectionBytes) return
    throw carLimit(
      `Block ${cid} lies in a section of ${length} bytes, more than the ${this.#maxSectionBytes} allowed.`,
      { offset: position, goCar: 'invalid section data, length of read beyond allowable maximum' },
    )
  }

  /** Memory for the data, with the part of it that was read with the head, and the part of it that is missing. */
  #begun(buffer: Uint8Array, got: number, shared: Uint8Array | null): { bytes: Uint8Array; rest: Uint8Array } {
    const end = this.#headLength + this.#dataLength
    if (shared !== null && shared.length >= end)
      return { bytes: shared.subarray(this.#headLength, end), rest: shared.subarray(got, end) }
    const bytes = new Uint8Array(this.#dataLength)
    bytes.set(buffer.subarray(this.#headLength, got))
    return { bytes, rest: bytes.subarray(got - this.#headLength) }
  }
}

function hasAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[start + i] !== wanted[i]) return false
  return true
}

/** `behindEnd`: less was there to be read than any section with this CID takes. */
function noSection(offset: number, behindEnd: boolean): EngineError {
  return new EngineError(
    'INDEX_INVALID',
    `The index points to byte ${offset} of the payload, where no section lies: the CAR was cut, or its index is damaged. Make the index anew.`,
    { details: { offset, behindEnd } },
  )
}
