import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { parsePieceCid, pieceCidFromDigest, pieceCidV2From } from './piece-cid.ts'
import { MIN_PAYLOAD_BYTES, NODE_BYTES, paddedPieceSize, treeHeight } from './piece-size.ts'

/**
 * The top of a piece's tree. A payload is cut into chunks of PIECE_CHUNK_BYTES, which lie on fr32's 127-byte grid and
 * fill a whole subtree each; their roots are computed apart (in workers, on other days) and folded here.
 */

/** 8 MiB of padded piece: what one task hashes, one Range request fetches and a transfer's journal notes. */
export const PIECE_CHUNK_BYTES = 127 * 65_536

/** A whole sector of 64 GiB. */
const LARGEST_PIECE = 2 ** 36

/** A piece commitment (CommP). */
export interface PieceCommitment {
  /** Payload bytes. */
  rawSize: number
  /** Padded piece size, a power of two. */
  pieceSize: number
  /** v1, `baga…`. */
  pieceCid: CID
  /** v2, `bafkz…`; null below 127 bytes and for a piece padded beyond its payload's own size. */
  pieceCidV2: CID | null
  /** The root, 32 bytes. */
  digest: Uint8Array
}

/**
 * Folds chunk roots into the commitment of a payload. Each root is that of its chunk alone, at the chunk's own piece
 * size (8 MiB but for the last). PIECE_TOO_SMALL under 65 bytes.
 */
export function commitmentFromChunks(roots: readonly Uint8Array[], rawSize: number): PieceCommitment {
  requirePayload(rawSize)
  const expected = Math.ceil(rawSize / PIECE_CHUNK_BYTES)
  if (roots.length !== expected)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `A payload of ${rawSize} bytes has ${expected} chunks, but ${roots.length} roots were given.`,
    )
  const pieceSize = paddedPieceSize(rawSize)
  const lastSize = paddedPieceSize(rawSize - (expected - 1) * PIECE_CHUNK_BYTES)
  const level = treeHeight(expected === 1 ? pieceSize : paddedPieceSize(PIECE_CHUNK_BYTES))
  const nodes = roots.map((root, index) =>
    index === expected - 1 ? extendRoot(root, treeHeight(lastSize), level) : root,
  )
  const digest = foldNodes(nodes, level, treeHeight(pieceSize))
  return {
    rawSize,
    pieceSize,
    digest,
    pieceCid: pieceCidFromDigest(digest),
    pieceCidV2: pieceCidV2From(digest, rawSize, pieceSize),
  }
}

/** The commitment of the same payload followed by zeros up to a larger piece (a deal's piece size). */
export function padTo(commitment: PieceCommitment, pieceSize: number): PieceCommitment {
  if (pieceSize < commitment.pieceSize)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `A piece of ${commitment.pieceSize} bytes cannot be padded to ${pieceSize} bytes.`,
    )
  if (pieceSize === commitment.pieceSize) return commitment
  const digest = extendRoot(commitment.digest, treeHeight(commitment.pieceSize), treeHeight(pieceSize))
  return { ...commitment, pieceSize, digest, pieceCid: pieceCidFromDigest(digest), pieceCidV2: null }
}

/**
 * The commitment as the piece that `expected` (v1 or v2) names: itself, or padded with zeros to a larger piece. null when
 * it is another piece.
 */
export function commitmentAs(commitment: PieceCommitment, expected: CID): PieceCommitment | null {
  const wanted = parsePieceCid(expected)
  for (let pieceSize = commitment.pieceSize; pieceSize <= LARGEST_PIECE; pieceSize *= 2) {
    const padded = padTo(commitment, pieceSize)
    if (!padded.pieceCid.equals(wanted.pieceCid)) continue
    if (wanted.pieceSize !== null && wanted.pieceSize !== pieceSize) return null
    return { ...padded, pieceCidV2: wanted.pieceCidV2 ?? padded.pieceCidV2 }
  }
  return null
}

/** Root of a tree of nothing but zeros. */
export function zeroRoot(height: number): Uint8Array {
  for (let known = zeroRoots.length; known <= height; known++) {
    const below = zeroRoots[known - 1] ?? new Uint8Array(NODE_BYTES)
    zeroRoots.push(hashPair(below, below))
  }
  return zeroRoots[height] ?? new Uint8Array(NODE_BYTES)
}
const zeroRoots: Uint8Array[] = [new Uint8Array(NODE_BYTES)]

/** A root at `height` as the root of a tree at `toHeight` whose remainder is zeros. */
export function extendRoot(root: Uint8Array, height: number, toHeight: number): Uint8Array {
  let node = root
  for (let level = height; level < toHeight; level++) node = hashPair(node, zeroRoot(level))
  return node
}

/** Root at `toHeight` over nodes at `height`, from the left; what is missing on the right is zeros. */
export function foldNodes(nodes: readonly Uint8Array[], height: number, toHeight: number): Uint8Array {
  let level = [...nodes]
  for (let at = height; at < toHeight; at++) {
    const above: Uint8Array[] = []
    for (let index = 0; index < level.length; index += 2)
      above.push(hashPair(level[index] ?? zeroRoot(at), level[index + 1] ?? zeroRoot(at)))
    level = above
  }
  return level[0] ?? zeroRoot(toHeight)
}

/** sha2-256 of two nodes, with the two highest bits cleared so that it is a field element again. */
function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * NODE_BYTES)
  pair.set(left)
  pair.set(right, NODE_BYTES)
  const digest = new Uint8Array(hash('sha256', pair, 'buffer'))
  digest[NODE_BYTES - 1] = (digest[NODE_BYTES - 1] ?? 0) & 0x3f
  return digest
}

/** PIECE_TOO_SMALL under 65 bytes. */
export function requirePayload(rawSize: number): void {
  if (rawSize >= MIN_PAYLOAD_BYTES) return
  throw new EngineError(
    'PIECE_TOO_SMALL',
    `A payload of ${rawSize} bytes has no piece commitment: at least ${MIN_PAYLOAD_BYTES} bytes are needed.`,
    { details: { rawSize, minimum: MIN_PAYLOAD_BYTES } },
  )
}
