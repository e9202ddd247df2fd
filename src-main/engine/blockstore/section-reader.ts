/**
 * Reads one section of a CAR, given its offset from an index. An index may be wrong, so the CID in the section is always
 * compared with the one asked for.
 *
 * Small sections take one read: their length is guessed from those read before.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import {
  type CarLayout,
  type CarLimits,
  CID_OK,
  type CidSpan,
  carLimit,
  emptyCidSpan,
  MAX_VARINT_BYTES,
  scanCid,
  scanVarint,
  varintLength,
  withDefaultLimits,
} from '../car/index.ts'

/** Enough for the length and any usual CID. */
const HEAD_BYTES = 128
/** Sections up to this size are read with their head. */
const MAX_GUESS_BYTES = 16 * 1024

interface Head {
  /** From the start of the file. */
  dataPosition: number
  dataLength: number
  /** Length of length varint and CID. */
  headLength: number
}

export class SectionReader {
  readonly #reader: RandomAccessReader
  readonly #payloadOffset: number
  readonly #payloadEnd: number
  readonly #maxSectionBytes: number
  readonly #wholeCids: boolean
  readonly #span: CidSpan = emptyCidSpan()
  #guess = HEAD_BYTES

  constructor(reader: RandomAccessReader, layout: CarLayout, wholeCids: boolean, limits?: CarLimits) {
    this.#reader = reader
    this.#payloadOffset = layout.payloadOffset
    this.#payloadEnd = layout.payloadOffset + layout.payloadSize
    this.#wholeCids = wholeCids
    this.#maxSectionBytes = withDefaultLimits(limits).maxSectionBytes
  }

  /** Data of the section at a payload offset; null when it holds another block. INDEX_INVALID when no section is there. */
  async read(cid: CID, offset: number, signal?: AbortSignal): Promise<Uint8Array | null> {
    const position = this.#checked(offset)
    const buffer = this.#bufferFor(cid, position)
    const got = await this.#reader.readAt(buffer, position, signal)
    const head = this.#parse(cid, buffer, got, position)
    if (head === null) return null
    const data = this.#takeData(buffer, got, head)
    if (data.missing > 0) {
      const rest = data.bytes.subarray(head.dataLength - data.missing)
      const more = await this.#reader.readAt(rest, head.dataPosition + head.dataLength - data.missing, signal)
      if (more < rest.length) throw noSection(offset)
    }
    return data.bytes
  }

  /** As `read`, on this thread. Only for readers with readAtSync. */
  readSync(cid: CID, offset: number): Uint8Array | null {
    const position = this.#checked(offset)
    const buffer = this.#bufferFor(cid, position)
    const got = this.#readAtSync(buffer, position)
    const head = this.#parse(cid, buffer, got, position)
    if (head === null) return null
    const data = this.#takeData(buffer, got, head)
    if (data.missing > 0) {
      const rest = data.bytes.subarray(head.dataLength - data.missing)
      const more = this.#readAtSync(rest, head.dataPosition + head.dataLength - data.missing)
      if (more < rest.length) throw noSection(offset)
    }
    return data.bytes
  }

  /** Length of the data of the section at a payload offset; null when it holds another block. */
  async size(cid: CID, offset: number, signal?: AbortSignal): Promise<number | null> {
    const position = this.#checked(offset)
    const buffer = new Uint8Array(Math.min(HEAD_BYTES + cid.bytes.length, this.#payloadEnd - position))
    const got =
      this.#reader.readAtSync === undefined
        ? await this.#reader.readAt(buffer, position, signal)
        : this.#reader.readAtSync(buffer, position)
    return this.#parse(cid, buffer, got, position, false)?.dataLength ?? null
  }

  /** Memory of its own for every block: a block may be handed on to another thread. */
  #bufferFor(cid: CID, position: number): Uint8Array<ArrayBuffer> {
    const wanted = Math.max(this.#guess, cid.bytes.length + MAX_VARINT_BYTES)
    return new Uint8Array(Buffer.allocUnsafeSlow(Math.min(wanted, this.#payloadEnd - position)).buffer)
  }

  #readAtSync(into: Uint8Array, position: number): number {
    return this.#reader.readAtSync?.(into, position) ?? 0
  }

  #checked(offset: number): number {
    const position = this.#payloadOffset + offset
    if (position >= this.#payloadEnd) throw noSection(offset)
    return position
  }

  /** Takes the head apart; null when the section holds another block. `limited` is whether too large a section is an error. */
  #parse(cid: CID, bytes: Uint8Array, got: number, position: number, limited = true): Head | null {
    const length = scanVarint(bytes, 0, got)
    const cidStart = varintLength(length)
    const end = cidStart + length
    const span = this.#span
    // A CID longer than what was read cannot be the one asked for: that one fits.
    if (length <= 0 || scanCid(bytes, cidStart, Math.min(end, got), span) !== CID_OK) {
      if (length > 0 && got < end && cid.bytes.length < got - cidStart) return null
      throw noSection(position - this.#payloadOffset)
    }
    if (position + end > this.#payloadEnd) throw noSection(position - this.#payloadOffset)
    const wanted = this.#wholeCids ? cid.bytes : cid.multihash.bytes
    if (!endsWith(bytes, this.#wholeCids ? cidStart : span.multihashStart, span.end, wanted)) return null
    if (limited && length > this.#maxSectionBytes)
      throw carLimit(
        `Block ${cid} lies in a section of ${length} bytes, more than the ${this.#maxSectionBytes} allowed.`,
        { offset: position, goCar: 'invalid section data, length of read beyond allowable maximum' },
      )
    return { dataPosition: position + span.end, dataLength: end - span.end, headLength: span.end }
  }

  /** The data as far as it was read with the head. */
  #takeData(buffer: Uint8Array, got: number, head: Head): { bytes: Uint8Array; missing: number } {
    const end = head.headLength + head.dataLength
    this.#guess = end > MAX_GUESS_BYTES ? HEAD_BYTES : Math.max(end, this.#guess - (this.#guess >> 4), HEAD_BYTES)
    if (end <= got) return { bytes: buffer.subarray(head.headLength, end), missing: 0 }
    const bytes = new Uint8Array(head.dataLength)
    bytes.set(buffer.subarray(head.headLength, got))
    return { bytes, missing: end - got }
  }
}

function endsWith(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[start + i] !== wanted[i]) return false
  return true
}

function noSection(offset: number): EngineError {
  return new EngineError(
    'INDEX_INVALID',
    `The index points to byte ${offset} of the payload, where no section lies: the CAR was cut, or its index is damaged. Make the index anew.`,
    { details: { offset } },
  )
}
