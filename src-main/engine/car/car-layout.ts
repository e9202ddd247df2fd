/** Where everything in a CAR file lies. The first thing every reader asks; all container checks are made here. */
import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import { carError, carInvalid, carTruncated } from './car-errors.ts'
import type { CarLimits } from './car-limits.ts'
import { readCarHeader } from './car-v1-header.ts'
import {
  CARV2_HEADER_BYTES,
  CARV2_HEADER_OFFSET,
  CARV2_MIN_PAYLOAD_OFFSET,
  decodeCarV2Header,
  hasCarV2Pragma,
  isBlankCarV2Header,
} from './car-v2-header.ts'

export interface CarLayout {
  version: 1 | 2
  roots: CID[]
  /** Start of the CARv1 payload in the file; 0 in a CARv1. */
  payloadOffset: number
  payloadSize: number
  /** Of the payload's own header, length varint included: the first section is at payloadOffset + headerSize. */
  headerSize: number
  /** In the file; null where there is no index. */
  indexOffset: number | null
  fullyIndexed: boolean
  /** false for a CARv2 whose writer has not finalized it. Always true for a CARv1. */
  finalized: boolean
  fileSize: number
}

export interface ReadLayoutOptions extends CarLimits {
  /**
   * Give the layout of an unfinalized CARv2 too, its payload reaching to the end of the file, instead of throwing
   * CAR_UNFINALIZED. Also accepts a payload that the file does not hold in full (its size is then what there is).
   */
  allowUnfinalized?: boolean
  signal?: AbortSignal
}

/**
 * Reads the headers of a CARv1 or CARv2. Throws CAR_VERSION, CAR_INVALID, CAR_TRUNCATED, CAR_LIMIT, CAR_UNFINALIZED.
 * Two reads for a CARv1, three for a CARv2.
 */
export async function readCarLayout(reader: RandomAccessReader, options: ReadLayoutOptions = {}): Promise<CarLayout> {
  const fileSize = reader.size
  const prefix = new Uint8Array(Math.min(fileSize, CARV2_MIN_PAYLOAD_OFFSET))
  await reader.readAt(prefix, 0, options.signal)
  if (hasCarV2Pragma(prefix)) return readV2(reader, prefix, options)
  const header = await readCarHeader(reader, 0, fileSize, options, options.signal)
  if (header.version === 2)
    throw carInvalid('The file says CARv2, but does not start with the 11 bytes that every CARv2 starts with.', {
      offset: 0,
    })
  if (header.version !== 1) throw versionError(header.version)
  return {
    version: 1,
    roots: header.roots,
    payloadOffset: 0,
    payloadSize: fileSize,
    headerSize: header.size,
    indexOffset: null,
    fullyIndexed: false,
    finalized: true,
    fileSize,
  }
}

/**
 * The layout of a CAR whose container is damaged or unfinished, as far as it can be told: a payload that the file does
 * not hold in full ends with the file, and where the CARv2 header says nothing of use the payload is taken to start at
 * the first byte behind it that is not zero and to reach to the end of the file. `finalized` is then false. null when
 * there is no CARv1 header to be found.
 */
export async function readDamagedLayout(
  reader: RandomAccessReader,
  options: CarLimits & { signal?: AbortSignal } = {},
): Promise<CarLayout | null> {
  const lenient = { ...options, allowUnfinalized: true }
  for (const read of [readCarLayout, readUnfinalized]) {
    try {
      const layout = await read(reader, lenient)
      if (read === readCarLayout || (await startsWithPragma(reader))) return layout
    } catch (error) {
      if (!EngineError.is(error) || error.kind === 'unavailable' || error.kind === 'cancelled') throw error
    }
  }
  return null
}

async function startsWithPragma(reader: RandomAccessReader): Promise<boolean> {
  const prefix = new Uint8Array(CARV2_HEADER_OFFSET)
  await reader.readAt(prefix, 0)
  return hasCarV2Pragma(prefix)
}

async function readV2(reader: RandomAccessReader, prefix: Uint8Array, options: ReadLayoutOptions): Promise<CarLayout> {
  const bytes = prefix.subarray(CARV2_HEADER_OFFSET)
  if (bytes.length === CARV2_HEADER_BYTES && isBlankCarV2Header(bytes)) return readUnfinalized(reader, options)
  const { payloadOffset, payloadSize, indexOffset, fullyIndexed } = decodeCarV2Header(bytes)
  const payloadEnd = payloadOffset + payloadSize
  const held = Math.min(payloadEnd, reader.size) - payloadOffset
  if (payloadEnd > reader.size && !(options.allowUnfinalized === true && held > 0))
    throw carTruncated(`its payload should reach to byte ${payloadEnd}, but the file has ${reader.size} bytes`, {
      offset: reader.size,
    })
  if (indexOffset !== 0 && indexOffset < payloadEnd)
    throw carInvalid(`The CARv2 header puts the index at byte ${indexOffset}, inside the payload.`, { offset: 43 })
  if (indexOffset > reader.size)
    throw carTruncated(`its index should start at byte ${indexOffset}`, { offset: reader.size, goCar: 'EOF' })
  const header = await readCarHeader(reader, payloadOffset, payloadOffset + held, options, options.signal)
  if (header.version !== 1) throw innerVersionError(header.version, payloadOffset)
  return {
    version: 2,
    roots: header.roots,
    payloadOffset,
    payloadSize: held,
    headerSize: header.size,
    indexOffset: indexOffset === 0 ? null : indexOffset,
    fullyIndexed,
    finalized: payloadEnd <= reader.size,
    fileSize: reader.size,
  }
}

async function readUnfinalized(reader: RandomAccessReader, options: ReadLayoutOptions): Promise<CarLayout> {
  if (options.allowUnfinalized !== true)
    throw carError(
      'CAR_UNFINALIZED',
      'This CARv2 was never finalized: whatever wrote it has not ended. Resume the writing, or repair the file.',
      { offset: CARV2_HEADER_OFFSET, goCar: 'invalid data payload offset: 0' },
    )
  const payloadOffset = await findPayload(reader, options.signal)
  const header = await readCarHeader(reader, payloadOffset, reader.size, options, options.signal)
  if (header.version !== 1) throw innerVersionError(header.version, payloadOffset)
  return {
    version: 2,
    roots: header.roots,
    payloadOffset,
    payloadSize: reader.size - payloadOffset,
    headerSize: header.size,
    indexOffset: null,
    fullyIndexed: false,
    finalized: false,
    fileSize: reader.size,
  }
}

/** The first byte behind the blank header that is not padding: a header length is never 0. */
async function findPayload(reader: RandomAccessReader, signal?: AbortSignal): Promise<number> {
  const chunk = new Uint8Array(64 * 1024)
  for (let position = CARV2_MIN_PAYLOAD_OFFSET; position < reader.size; position += chunk.length) {
    const got = await reader.readAt(chunk, position, signal)
    const found = chunk.subarray(0, got).findIndex((byte) => byte !== 0)
    if (found >= 0) return position + found
  }
  throw carTruncated('it has no payload', { offset: reader.size })
}

function versionError(version: number): Error {
  return carError('CAR_VERSION', `CAR version ${version} is not known; versions 1 and 2 can be read.`, {
    offset: 0,
    goCar: `invalid car version: ${version}`,
  })
}

function innerVersionError(version: number, offset: number): Error {
  return carInvalid(`The payload of a CARv2 must be a CARv1, but this one says version ${version}.`, {
    offset,
    goCar: `invalid data payload header version; expected 1, got ${version}`,
  })
}
