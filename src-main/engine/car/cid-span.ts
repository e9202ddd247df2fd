/** Where the parts of a CID lie in a buffer: parsed without making an object per CID. */
import { CID } from 'multiformats/cid'
import { carInvalid } from './car-errors.ts'
import { scanVarint, VARINT_SHORT, varintError, varintLength } from './varint.ts'

export const RAW_CODEC = 0x55
export const DAG_PB_CODEC = 0x70
export const DAG_CBOR_CODEC = 0x71
export const DAG_JSON_CODEC = 0x0129

/** Positions are indexes into the buffer that was scanned. */
export interface CidSpan {
  start: number
  end: number
  version: 0 | 1
  codec: number
  hashCode: number
  multihashStart: number
  digestStart: number
  /** Set when the bytes are not a CID: the sentence go-car gives. */
  problem: string
}

export function emptyCidSpan(): CidSpan {
  return { start: 0, end: 0, version: 1, codec: 0, hashCode: 0, multihashStart: 0, digestStart: 0, problem: '' }
}

export const CID_OK = 0
/** The bytes end before the CID does. */
export const CID_SHORT = 1
/** Not a CID; `span.problem` says why. */
export const CID_INVALID = 2
export type CidScan = typeof CID_OK | typeof CID_SHORT | typeof CID_INVALID

/** Fills `span` with the CID at `bytes[start]`, looking no further than `end`. */
export function scanCid(bytes: Uint8Array, start: number, end: number, span: CidSpan): CidScan {
  span.start = start
  if (end - start < 2) {
    if (end === start || bytes[start] === 0x12 || bytes[start] === 1) return CID_SHORT
  } else if (bytes[start] === 0x12 && bytes[start + 1] === 0x20) {
    span.version = 0
    span.codec = DAG_PB_CODEC
    span.hashCode = 0x12
    span.multihashStart = start
    span.digestStart = start + 2
    span.end = start + 34
    return span.end <= end ? CID_OK : CID_SHORT
  }
  const version = scanVarint(bytes, start, end)
  if (version !== 1) return version < 0 ? bad(version, span) : badVersion(version, span)
  span.version = 1
  span.codec = scanVarint(bytes, start + 1, end)
  if (span.codec < 0) return bad(span.codec, span)
  span.multihashStart = start + 1 + varintLength(span.codec)
  return scanMultihash(bytes, end, span)
}

function scanMultihash(bytes: Uint8Array, end: number, span: CidSpan): CidScan {
  span.hashCode = scanVarint(bytes, span.multihashStart, end)
  if (span.hashCode < 0) return bad(span.hashCode, span)
  const lengthAt = span.multihashStart + varintLength(span.hashCode)
  const length = scanVarint(bytes, lengthAt, end)
  if (length < 0) return bad(length, span)
  span.digestStart = lengthAt + varintLength(length)
  span.end = span.digestStart + length
  return span.end <= end ? CID_OK : CID_SHORT
}

function bad(problem: number, span: CidSpan): CidScan {
  if (problem === VARINT_SHORT) return CID_SHORT
  span.problem = `invalid cid: ${String(varintError(problem, 0).message)}`
  return CID_INVALID
}

function badVersion(version: number, span: CidSpan): CidScan {
  span.problem = `invalid cid: expected 1 as the cid version number, got: ${version}`
  return CID_INVALID
}

/** The CID in `bytes`, which must hold it and nothing else. Throws CAR_INVALID; `offset` is only for the message. */
export function decodeCid(bytes: Uint8Array, offset = 0): CID {
  const span = emptyCidSpan()
  const scan = scanCid(bytes, 0, bytes.length, span)
  if (scan === CID_OK && span.end === bytes.length) return CID.decode(bytes)
  const goCar =
    scan === CID_INVALID
      ? span.problem
      : scan === CID_SHORT
        ? 'invalid cid: cid too short'
        : 'invalid cid: trailing bytes'
  throw carInvalid(`The CAR holds something at byte ${offset} that is not a CID (${goCar}).`, { offset, goCar })
}

/** The multihash at the start of `bytes`: its function, and where its digest lies. */
export function readMultihash(bytes: Uint8Array): { code: number; digest: Uint8Array } {
  const span = emptyCidSpan()
  span.multihashStart = 0
  const scan = scanMultihash(bytes, bytes.length, span)
  if (scan !== CID_OK || span.end !== bytes.length) throw carInvalid('These bytes are not a multihash.')
  return { code: span.hashCode, digest: bytes.subarray(span.digestStart, span.end) }
}
