import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { EngineError, parseCid } from '../base/index.ts'
import {
  isPieceSize,
  MIN_V2_PAYLOAD_BYTES,
  NODE_BYTES,
  paddedPieceSize,
  treeHeight,
  unpaddedPieceSize,
} from './piece-size.ts'

/**
 * The two names of a piece. v1 (`baga…`) is the root of the tree alone; v2 (`bafkz…`, FRC-0069) is the payload's size,
 * the tree's height and the root. Everything in Carport that is kept under a piece CID is kept under v1.
 */

const FIL_COMMITMENT_UNSEALED = 0xf101
const SHA2_256_TRUNC254_PADDED = 0x1012
const RAW = 0x55
const FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE = 0x1011
/** The tallest tree read: 2^50 bytes, far above any sector, and still exact in a number. */
const MAX_HEIGHT = 45

/** What a piece CID says. The sizes are null in v1, which does not tell. */
export interface ParsedPieceCid {
  /** v1. */
  pieceCid: CID
  pieceCidV2: CID | null
  /** Root of the tree, 32 bytes. */
  digest: Uint8Array
  /** Payload bytes. */
  rawSize: number | null
  /** Padded piece size. */
  pieceSize: number | null
}

/** v1 of a root. */
export function pieceCidFromDigest(digest: Uint8Array): CID {
  if (digest.length !== NODE_BYTES)
    throw new EngineError('INVALID_ARGUMENT', `A piece commitment has 32 bytes, not ${digest.length}.`)
  return CID.createV1(FIL_COMMITMENT_UNSEALED, Digest.create(SHA2_256_TRUNC254_PADDED, digest))
}

/**
 * v2 of a root over a payload of `rawSize` bytes; null below 127 bytes, where FRC-0069 has none. `pieceSize` defaults
 * to the smallest that holds the payload.
 */
export function pieceCidV2From(digest: Uint8Array, rawSize: number, pieceSize = paddedPieceSize(rawSize)): CID | null {
  if (rawSize < MIN_V2_PAYLOAD_BYTES) return null
  const padding = unpaddedPieceSize(pieceSize) - rawSize
  if (padding < 0)
    throw new EngineError('INVALID_ARGUMENT', `A payload of ${rawSize} bytes does not fit a piece of ${pieceSize}.`)
  const content = Uint8Array.from([...uvarint(padding), treeHeight(pieceSize), ...digest])
  return CID.createV1(RAW, Digest.create(FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE, content))
}

/** Reads either version, from text or a CID. INVALID_CID when it names no piece. */
export function parsePieceCid(input: string | CID): ParsedPieceCid {
  const cid = typeof input === 'string' ? parseCid(input) : input
  const { code, digest } = cid.multihash
  if (cid.code === FIL_COMMITMENT_UNSEALED && code === SHA2_256_TRUNC254_PADDED && digest.length === NODE_BYTES)
    return { pieceCid: cid, pieceCidV2: null, digest, rawSize: null, pieceSize: null }
  if (cid.code === RAW && code === FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE) return parseV2(cid)
  throw new EngineError('INVALID_CID', `${cid} is not a piece CID: those begin with baga or bafkz.`, {
    details: { cid: cid.toString() },
  })
}

/** Whether a CID names a piece, in either version. */
export function isPieceCid(cid: CID): boolean {
  try {
    parsePieceCid(cid)
    return true
  } catch {
    return false
  }
}

function parseV2(cid: CID): ParsedPieceCid {
  const content = cid.multihash.digest
  const { value: padding, length } = readUvarint(content, cid)
  const height = content[length] ?? 0
  const digest = content.slice(length + 1)
  if (digest.length !== NODE_BYTES || height < 2 || height > MAX_HEIGHT) throw damagedV2(cid)
  const pieceSize = 2 ** height * NODE_BYTES
  const rawSize = unpaddedPieceSize(pieceSize) - padding
  if (!isPieceSize(pieceSize) || rawSize < MIN_V2_PAYLOAD_BYTES) throw damagedV2(cid)
  return { pieceCid: pieceCidFromDigest(digest), pieceCidV2: cid, digest, rawSize, pieceSize }
}

function uvarint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}

function readUvarint(bytes: Uint8Array, cid: CID): { value: number; length: number } {
  let value = 0
  for (let at = 0; at < 8; at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value) || (byte === 0 && at > 0)) throw damagedV2(cid)
      return { value, length: at + 1 }
    }
  }
  throw damagedV2(cid)
}

function damagedV2(cid: CID): EngineError {
  return new EngineError('INVALID_CID', `${cid} is not a valid v2 piece CID: its sizes make no sense.`, {
    details: { cid: cid.toString() },
  })
}
