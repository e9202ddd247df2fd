import { AtomicFileWriter, FileReader, type LongWorkOptions } from '../../base/index.ts'
import { carError } from '../car-errors.ts'
import type { IndexCodec } from '../car-index.ts'
import { readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { readIndexTable } from '../index-buckets.ts'
import { openCarIndex } from '../open-car-index.ts'
import { copyRange } from './copy-range.ts'

export interface DetachedIndex {
  codec: IndexCodec
  recordCount: number
  bytes: number
}

/**
 * Copies the index of a CARv2 into a file of its own, which a dagstore can read. The CAR is not changed. INDEX_MISSING
 * when there is none, INDEX_INVALID when it is damaged.
 */
export async function detachIndex(
  path: string,
  outPath: string,
  options: CarLimits & LongWorkOptions = {},
): Promise<DetachedIndex> {
  const reader = FileReader.open(path)
  try {
    const { indexOffset } = await readCarLayout(reader, options)
    if (indexOffset === null) throw carError('INDEX_MISSING', `${path} has no index.`, { goCar: 'no index present' })
    const { codec, recordCount, byteLength } = await readIndexTable(reader, indexOffset, reader.size, options.signal)
    const file = await AtomicFileWriter.create(outPath)
    try {
      await copyRange(reader, { offset: indexOffset, length: byteLength }, file, options)
      await file.commit()
    } catch (error) {
      await file.discard()
      throw error
    }
    return { codec, recordCount, bytes: byteLength }
  } finally {
    await reader.close()
  }
}

/**
 * The records of a detached index file in index order: multihash, and offset in the payload. UNSUPPORTED for a
 * car-index-sorted, which does not hold whole multihashes.
 */
export async function* listIndexFile(
  path: string,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<{ multihash: Uint8Array; offset: number }> {
  const reader = FileReader.open(path)
  try {
    const index = await openCarIndex(reader, undefined, options)
    yield* index.entries(options.signal)
  } finally {
    await reader.close()
  }
}
