import { statSync } from 'node:fs'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import { type CarIndex, type CarLayout, CID_OK, emptyCidSpan, scanCid, scanVarint, varintLength } from '../car/index.ts'

/**
 * A CAR that lost its end after it was indexed. Its index is right, and the blocks before the cut are whole: they are
 * served on, since making the index anew would only give up all of them.
 */

/** Enough for the length of a section and any usual CID. */
const HEAD_BYTES = 256

export interface IndexedCar {
  key: string
  reader: RandomAccessReader
  layout: CarLayout
  index: CarIndex
  /** Length of the CAR when it was indexed; null where that is not known. */
  indexedBytes: number | null
}

/** What is to be said of a CAR that was cut, CAR_TRUNCATED; null where it was not, or where another lies in its place. */
export async function cutOf(car: IndexedCar): Promise<EngineError | null> {
  const { key, reader, indexedBytes } = car
  const bytes = bytesNow(reader)
  if (indexedBytes === null || bytes >= indexedBytes || !(await beginsAsIndexed(car))) return null
  return new EngineError(
    'CAR_TRUNCATED',
    `The CAR of shard ${key} was cut: ${bytes} of the ${indexedBytes} bytes that were indexed are left. Blocks before the cut are served.`,
    { details: { key, bytes, indexedBytes } },
  )
}

/** Whether a failure to read a block may come of a cut. */
export function mayBeCut(error: unknown): error is EngineError {
  if (EngineError.is(error, 'CAR_TRUNCATED')) return true
  return EngineError.is(error, 'INDEX_INVALID') && error.details.behindEnd === true
}

/** A file may have been cut since it was opened. */
function bytesNow({ backing, size }: RandomAccessReader): number {
  if (backing === undefined || backing === null) return size
  return statSync(backing.path, { throwIfNoEntry: false })?.size ?? 0
}

/** Whether the first block is the one that the index has there. */
async function beginsAsIndexed({ reader, layout, index }: IndexedCar): Promise<boolean> {
  const bytes = new Uint8Array(HEAD_BYTES)
  const got = await reader.readAt(bytes, layout.payloadOffset + layout.headerSize)
  const length = scanVarint(bytes, 0, got)
  const span = emptyCidSpan()
  if (length <= 0 || scanCid(bytes, varintLength(length), got, span) !== CID_OK) return false
  const offsets = await index.find(bytes.slice(span.multihashStart, span.end))
  return offsets.includes(layout.headerSize)
}
