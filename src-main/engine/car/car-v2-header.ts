/** The CARv2 container: an 11-byte pragma, then 40 bytes that say where payload and index lie. */
import { carInvalid, carTruncated } from './car-errors.ts'

/** A CARv1 header that says version 2. Nothing else starts a CARv2. */
export const CARV2_PRAGMA: Uint8Array = Uint8Array.of(0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02)
export const CARV2_HEADER_OFFSET = 11
export const CARV2_HEADER_BYTES = 40
/** Where the payload starts when there is no padding. */
export const CARV2_MIN_PAYLOAD_OFFSET = CARV2_HEADER_OFFSET + CARV2_HEADER_BYTES

export interface CarV2Header {
  /** The index covers identity CIDs too. The one characteristic that is defined. */
  fullyIndexed: boolean
  /** From the start of the file. */
  payloadOffset: number
  payloadSize: number
  /** From the start of the file; 0 for no index. */
  indexOffset: number
}

/** The 40 bytes behind the pragma. Unknown characteristics are written as 0. */
export function encodeCarV2Header(header: CarV2Header): Uint8Array {
  const bytes = new Uint8Array(CARV2_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  if (header.fullyIndexed) bytes[0] = 0x80
  view.setBigUint64(16, BigInt(header.payloadOffset), true)
  view.setBigUint64(24, BigInt(header.payloadSize), true)
  view.setBigUint64(32, BigInt(header.indexOffset), true)
  return bytes
}

/** Pragma and header: the first 51 bytes of a CARv2. */
export function encodeCarV2Prefix(header: CarV2Header): Uint8Array {
  const bytes = new Uint8Array(CARV2_MIN_PAYLOAD_OFFSET)
  bytes.set(CARV2_PRAGMA)
  bytes.set(encodeCarV2Header(header), CARV2_HEADER_OFFSET)
  return bytes
}

/** The 40 bytes behind the pragma, with go-car's three checks. Throws CAR_INVALID, CAR_TRUNCATED. */
export function decodeCarV2Header(bytes: Uint8Array): CarV2Header {
  if (bytes.length < CARV2_HEADER_BYTES)
    throw carTruncated('its CARv2 header is cut', {
      offset: CARV2_HEADER_OFFSET + bytes.length,
      goCar: bytes.length === 0 ? 'EOF' : 'unexpected EOF',
    })
  const view = new DataView(bytes.buffer, bytes.byteOffset, CARV2_HEADER_BYTES)
  return {
    fullyIndexed: (bytes[0] as number) >= 0x80,
    payloadOffset: field(view, 16, BigInt(CARV2_MIN_PAYLOAD_OFFSET), 'data payload offset'),
    payloadSize: field(view, 24, 1n, 'data payload size'),
    indexOffset: field(view, 32, 0n, 'index offset'),
  }
}

/** Whether the 40 bytes are all zero: the file was never finalized. */
export function isBlankCarV2Header(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Whether `bytes` start with the pragma of a CARv2. */
export function hasCarV2Pragma(bytes: Uint8Array): boolean {
  return bytes.length >= CARV2_PRAGMA.length && CARV2_PRAGMA.every((byte, i) => bytes[i] === byte)
}

function field(view: DataView, at: number, least: bigint, name: string): number {
  const value = view.getBigUint64(at, true)
  if (BigInt.asIntN(64, value) >= least && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw carInvalid(`The CARv2 header is damaged: invalid ${name}: ${value}.`, {
    offset: CARV2_HEADER_OFFSET + at,
    goCar: `invalid ${name}: ${value}`,
  })
}
