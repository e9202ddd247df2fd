/** Compares the index of a CAR with what is in its payload. */

import type { RandomAccessReader } from '../../base/index.ts'
import { allocateBytes, othersRun } from '../../base/index.ts'
import type { IndexBucket } from '../index-buckets.ts'
import type { SortedBucket } from '../index-builder.ts'
import { IDENTITY_CODE } from '../multihash.ts'
import { RecordCursor } from './sorted-records.ts'

export interface IndexComparison {
  /** Multihashes of the payload that the index does not lead to. */
  unfindable: number
  /** Records that lead nowhere, or to another block. */
  astray: number
}

/** A multihash of which index and payload say different things. */
export interface IndexDifference {
  /**
   * missing: a block that no record names. misplaced: its records lead elsewhere. extra: records of a block that is not
   * in the payload.
   */
  kind: 'missing' | 'misplaced' | 'extra'
  /** null in a car-index-sorted. */
  hashCode: number | null
  digest: Uint8Array
  /** What the index says; of a missing block, where it is. */
  offsets: readonly number[]
}

const PIECE_BYTES = 1024 * 1024
const GROUPS_AT_ONCE = 50_000
const NONE: readonly number[] = []

/**
 * `buckets` are those of the index, `expected` those of an index built from the payload, of the same codec, identity
 * CIDs included. An index may leave out identity CIDs altogether unless `identityWanted`, and may name one of several
 * equal blocks only.
 */
export async function compareIndex(
  reader: RandomAccessReader,
  buckets: readonly IndexBucket[],
  expected: readonly SortedBucket[],
  identityWanted: boolean,
  onDifference: (difference: IndexDifference) => void = () => {},
): Promise<IndexComparison> {
  const result: IndexComparison = { unfindable: 0, astray: 0 }
  const left = new Set(expected)
  for (const bucket of buckets) {
    const same = expected.find(
      ({ hashCode, digestLength }) => hashCode === bucket.hashCode && digestLength === bucket.digestLength,
    )
    if (same !== undefined) left.delete(same)
    await compareBucket(piecesOf(reader, bucket), same ?? { ...bucket, pieces: () => [] }, result, onDifference)
  }
  for (const bucket of left) {
    if (bucket.hashCode === IDENTITY_CODE && !identityWanted) continue
    await compareBucket([], bucket, result, onDifference)
  }
  return result
}

/** Whether the index at `position` is byte for byte this one: nearly always so, and much quicker to find out. */
export async function isSameIndex(
  reader: RandomAccessReader,
  position: number,
  encoded: Iterable<Uint8Array>,
): Promise<boolean> {
  let at = position
  let buffer = Buffer.alloc(0)
  for (const piece of encoded) {
    if (buffer.length < piece.length) buffer = Buffer.allocUnsafeSlow(piece.length)
    const there = buffer.subarray(0, piece.length)
    if ((await reader.readAt(there, at)) < piece.length || !there.equals(piece)) return false
    at += piece.length
  }
  return true
}

async function compareBucket(
  index: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  expected: SortedBucket,
  result: IndexComparison,
  onDifference: (difference: IndexDifference) => void,
): Promise<void> {
  const { hashCode } = expected
  const found = new Groups(index, expected.digestLength)
  const wanted = new Groups(expected.pieces(), expected.digestLength)
  await found.next()
  await wanted.next()
  for (let passed = 1; !found.isDone || !wanted.isDone; passed++) {
    if (passed % GROUPS_AT_ONCE === 0) await othersRun()
    const order = found.isDone ? 1 : wanted.isDone ? -1 : Buffer.compare(found.digest, wanted.digest)
    if (order < 0) {
      result.astray += found.offsets.length
      onDifference({ kind: 'extra', hashCode, digest: found.digest, offsets: found.offsets })
      await found.next()
    } else if (order > 0) {
      result.unfindable++
      onDifference({ kind: 'missing', hashCode, digest: wanted.digest, offsets: wanted.offsets })
      await wanted.next()
    } else {
      const astray = outside(found.offsets, wanted.offsets)
      if (astray.length > 0) {
        result.astray += astray.length
        if (astray.length === found.offsets.length) result.unfindable++
        onDifference({ kind: 'misplaced', hashCode, digest: found.digest, offsets: astray })
      }
      await found.next()
      await wanted.next()
    }
  }
}

/** Goes over the runs of equal digests. */
class Groups {
  readonly #cursor: RecordCursor
  #more: boolean | null = null
  isDone = false
  digest: Uint8Array = new Uint8Array(0)
  offsets: number[] = []

  constructor(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, digestLength: number) {
    this.#cursor = new RecordCursor(pieces, digestLength)
  }

  async next(): Promise<void> {
    const cursor = this.#cursor
    this.#more ??= await cursor.fetch()
    if (!this.#more) {
      this.isDone = true
      return
    }
    this.digest = cursor.digest
    this.offsets = []
    do {
      this.offsets.push(cursor.offset)
      this.#more = cursor.next() || (await cursor.fetch())
    } while (this.#more && cursor.compareTo(this.digest) === 0)
  }
}

function outside(offsets: number[], allowed: number[]): readonly number[] {
  if (offsets.length === 1 && allowed.length === 1) return offsets[0] === allowed[0] ? NONE : offsets
  const known = new Set(allowed)
  return offsets.filter((offset) => !known.has(offset))
}

async function* piecesOf(reader: RandomAccessReader, bucket: IndexBucket): AsyncGenerator<Uint8Array> {
  const { position, width, count } = bucket
  const perPiece = Math.max(1, Math.floor(PIECE_BYTES / width))
  const piece = allocateBytes(Math.min(perPiece, count) * width)
  for (let first = 0; first < count; first += perPiece) {
    const part = piece.subarray(0, Math.min(perPiece, count - first) * width)
    await reader.readAt(part, position + first * width)
    yield part
  }
}
