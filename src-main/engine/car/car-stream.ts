/** Reads a CAR as it arrives: from a socket, a pipe, any source of bytes that cannot be read twice. */
import type { CID } from 'multiformats/cid'
import { type EngineError, throwIfAborted } from '../base/index.ts'
import { carError, carInvalid, carTruncated } from './car-errors.ts'
import { type CarLimits, withDefaultLimits } from './car-limits.ts'
import { decodeCarHeader, headerLength } from './car-v1-header.ts'
import {
  CARV2_HEADER_BYTES,
  CARV2_HEADER_OFFSET,
  CARV2_PRAGMA,
  decodeCarV2Header,
  hasCarV2Pragma,
  isBlankCarV2Header,
} from './car-v2-header.ts'
import { checkSection } from './check-section.ts'
import { cidOf, dataOf, emptySectionBatch, type SectionBatch } from './section-batch.ts'
import {
  PARSE_FAILED,
  PARSE_FULL,
  PARSE_NEED_MORE,
  PARSE_ZERO,
  type ParseStop,
  SectionParser,
} from './section-parser.ts'
import { StreamBuffer } from './stream-buffer.ts'
import { MAX_VARINT_BYTES, varintLength } from './varint.ts'

export interface ReadStreamOptions extends CarLimits {
  /** Compare each block with its CID; BLOCK_MISMATCH when it does not hash to it. Default true. */
  verify?: boolean
  signal?: AbortSignal
}

export interface CarSection {
  cid: CID
  /** A view of a larger buffer; copy it to keep a small block for long. */
  bytes: Uint8Array
  /** Of the section's length varint, from the start of the payload. */
  offset: number
  /** The same from the start of the input; differs in a CARv2. */
  sourceOffset: number
}

/** Go over `sections` or `batches`, once. Leaving early ends the source too. */
export interface CarStream {
  readonly version: 1 | 2
  readonly roots: readonly CID[]
  /** Start of the payload in the input; 0 in a CARv1. */
  readonly payloadOffset: number
  /** Of the payload's header, length varint included. */
  readonly headerSize: number
  readonly sections: AsyncIterable<CarSection>
  /** Many sections at a time, with all their data and without an object for each; not verified. */
  readonly batches: AsyncIterable<SectionBatch>
}

/**
 * Reads the headers of a CARv1 or finalized CARv2 and gives its sections as they arrive. Input that ends in the middle
 * of something is CAR_TRUNCATED, with `details.offset` where that starts. What follows the payload of a CARv2, and what
 * follows a zero-length section taken as the end, is not read.
 */
export async function readCarStream(
  source: AsyncIterable<Uint8Array>,
  options: ReadStreamOptions = {},
): Promise<CarStream> {
  const buffer = new StreamBuffer(source)
  try {
    const start = await readStart(buffer, options)
    return new OpenStream(buffer, start, options)
  } catch (error) {
    await buffer.cancel()
    throw error
  }
}

interface StreamStart {
  version: 1 | 2
  roots: CID[]
  payloadOffset: number
  payloadSize: number
  headerSize: number
}

async function readStart(buffer: StreamBuffer, options: ReadStreamOptions): Promise<StreamStart> {
  await buffer.need(CARV2_PRAGMA.length)
  if (!hasCarV2Pragma(buffer.bytes)) {
    const header = await readHeader(buffer, options)
    if (header.version === 2)
      throw carInvalid('The input says CARv2, but does not start with the 11 bytes that every CARv2 starts with.')
    if (header.version !== 1)
      throw carError('CAR_VERSION', `CAR version ${header.version} is not known; versions 1 and 2 can be read.`, {
        offset: 0,
        goCar: `invalid car version: ${header.version}`,
      })
    return { version: 1, roots: header.roots, payloadOffset: 0, payloadSize: Infinity, headerSize: header.size }
  }
  await buffer.need(CARV2_HEADER_OFFSET + CARV2_HEADER_BYTES)
  const bytes = buffer.bytes.subarray(CARV2_HEADER_OFFSET, CARV2_HEADER_OFFSET + CARV2_HEADER_BYTES)
  if (bytes.length === CARV2_HEADER_BYTES && isBlankCarV2Header(bytes))
    throw carError('CAR_UNFINALIZED', 'This CARv2 was never finalized: whatever wrote it has not ended.', {
      offset: CARV2_HEADER_OFFSET,
      goCar: 'invalid data payload offset: 0',
    })
  const { payloadOffset, payloadSize } = decodeCarV2Header(bytes)
  await buffer.skip(payloadOffset)
  const header = await readHeader(buffer, options)
  if (header.version !== 1)
    throw carInvalid(`The payload of a CARv2 must be a CARv1, but this one says version ${header.version}.`, {
      offset: payloadOffset,
      goCar: `invalid data payload header version; expected 1, got ${header.version}`,
    })
  if (header.size > payloadSize) throw carTruncated('its payload is shorter than its header', { offset: payloadOffset })
  return { version: 2, roots: header.roots, payloadOffset, payloadSize, headerSize: header.size }
}

async function readHeader(buffer: StreamBuffer, options: ReadStreamOptions) {
  await buffer.need(MAX_VARINT_BYTES)
  const length = headerLength(buffer.bytes, buffer.position, options)
  const size = varintLength(length) + length
  await buffer.need(size)
  const header = decodeCarHeader(buffer.bytes.subarray(0, size), buffer.position)
  buffer.consume(size)
  return header
}

const BATCH_CAPACITY = 1024

class OpenStream implements CarStream {
  readonly version: 1 | 2
  readonly roots: readonly CID[]
  readonly payloadOffset: number
  readonly headerSize: number
  readonly #payloadSize: number
  readonly #buffer: StreamBuffer
  readonly #options: ReadStreamOptions

  constructor(buffer: StreamBuffer, start: StreamStart, options: ReadStreamOptions) {
    this.version = start.version
    this.roots = start.roots
    this.payloadOffset = start.payloadOffset
    this.headerSize = start.headerSize
    this.#payloadSize = start.payloadSize
    this.#buffer = buffer
    this.#options = options
  }

  get sections(): AsyncIterable<CarSection> {
    return this.#sections()
  }

  get batches(): AsyncIterable<SectionBatch> {
    this.#buffer.reuse = true
    return this.#batches()
  }

  async *#sections(): AsyncGenerator<CarSection> {
    for await (const batch of this.#batches()) {
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.sectionOffset[i] as number
        const sourceOffset = this.payloadOffset + offset
        if (this.#options.verify !== false) {
          const checking = checkSection(batch, i, sourceOffset)
          if (checking !== undefined) await checking
        }
        yield { cid: cidOf(batch, i), bytes: dataOf(batch, i), offset, sourceOffset }
      }
    }
  }

  async *#batches(): AsyncGenerator<SectionBatch> {
    const buffer = this.#buffer
    const parser = new SectionParser(withDefaultLimits(this.#options), {
      payloadOffset: this.payloadOffset,
      endOffset: this.#payloadSize,
      wantData: true,
    })
    const batch = emptySectionBatch(BATCH_CAPACITY)
    let wanted = 1
    try {
      for (;;) {
        throwIfAborted(this.#options.signal)
        const base = buffer.position - this.payloadOffset
        if (base >= this.#payloadSize) return
        await buffer.need(wanted)
        const available = Math.min(buffer.bytes.length, this.#payloadSize - base)
        if (available < wanted) {
          if (available === 0 && this.#payloadSize === Infinity) return
          throw carTruncated(`the section at byte ${buffer.position} is cut`, { offset: buffer.position })
        }
        batch.bytes = buffer.bytes
        batch.count = 0
        const stop: ParseStop = parser.parse(batch, 0, available, base)
        wanted = stop === PARSE_NEED_MORE ? parser.needBytes : 1
        buffer.consume(parser.next)
        if (batch.count > 0) yield batch
        if (stop === PARSE_FAILED) throw parser.failure as EngineError
        if (stop === PARSE_ZERO) return
        if (stop === PARSE_FULL) continue
      }
    } finally {
      await buffer.cancel()
    }
  }
}
