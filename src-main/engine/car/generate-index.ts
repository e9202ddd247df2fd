/** Builds the index of a CAR as a file of its own. */
import {
  AtomicFileWriter,
  FileReader,
  type LongWorkOptions,
  type RandomAccessReader,
  type Task,
  type TaskContext,
} from '../base/index.ts'
import { appendIndex } from './append-index.ts'
import type { IndexCodec } from './car-index.ts'
import { type CarLayout, readCarLayout } from './car-layout.ts'
import type { CarLimits } from './car-limits.ts'
import { scanCar } from './car-scan.ts'
import { IndexBuilder } from './index-builder.ts'

export interface BuildIndexOptions extends CarLimits, LongWorkOptions {
  /** Default car-multihash-index-sorted. */
  codec?: IndexCodec
  /** Index identity CIDs too, as fully indexed CARs do. Default false. */
  includeIdentity?: boolean
  /** Records held in memory before they are put aside in a temporary file. Default 448 MiB. */
  memoryBytes?: number
  /** For that temporary file. Default: that of the system. */
  temporaryDirectory?: string
  /** Bytes per sequential read. Default 4 MiB. */
  readBytes?: number
  /** Read and sort on the calling thread without pause: for worker threads. Default false. */
  sync?: boolean
}

export interface GeneratedIndex {
  codec: IndexCodec
  /** Records in the index: blocks without identity CIDs, unless those were asked for. */
  recordCount: number
  /** Sections in the CAR. */
  blockCount: number
  /** Length of the index. */
  bytes: number
}

/**
 * Scans a CAR (v1 or v2, embedded index ignored) into a builder, which the caller closes. Damage is thrown as
 * `scanCar` throws it.
 */
export async function buildIndex(
  reader: RandomAccessReader,
  layout: CarLayout,
  options: BuildIndexOptions = {},
): Promise<{ builder: IndexBuilder; blockCount: number }> {
  const builder = new IndexBuilder({
    codec: options.codec,
    memoryBytes: options.memoryBytes,
    directory: options.temporaryDirectory,
  })
  let blockCount = 0
  try {
    const scan = scanCar(reader, layout, options)
    for await (const batch of scan) {
      builder.addSections(batch, options)
      blockCount += batch.count
      options.onProgress?.({ phase: 'Indexing', doneBytes: scan.position, totalBytes: layout.payloadSize })
    }
  } catch (error) {
    builder.close()
    throw error
  }
  return { builder, blockCount }
}

/**
 * Writes the index of a CAR to `outPath`, atomically: codec varint and body, as a dagstore keeps it and as it stands
 * inside a CARv2. A path is opened and closed here, a reader stays open.
 */
export async function generateIndexFile(
  source: string | RandomAccessReader,
  outPath: string,
  options: BuildIndexOptions = {},
): Promise<GeneratedIndex> {
  const reader = typeof source === 'string' ? FileReader.open(source) : source
  try {
    const layout = await readCarLayout(reader, options)
    const { builder, blockCount } = await buildIndex(reader, layout, options)
    try {
      await writeIndexFile(builder, outPath)
      return { codec: builder.codec, recordCount: builder.recordCount, blockCount, bytes: builder.byteLength }
    } finally {
      builder.close()
    }
  } finally {
    if (typeof source === 'string') await reader.close()
  }
}

/** Writes what a builder has collected to `path`, atomically. */
export async function writeIndexFile(builder: IndexBuilder, path: string): Promise<void> {
  const file = await AtomicFileWriter.create(path)
  try {
    await appendIndex(file, builder)
    await file.commit()
  } catch (error) {
    await file.discard()
    throw error
  }
}

export type CarIndexInput = {
  carPath: string
  outPath: string
} & Pick<
  BuildIndexOptions,
  | 'codec'
  | 'includeIdentity'
  | 'memoryBytes'
  | 'temporaryDirectory'
  | 'maxHeaderBytes'
  | 'maxSectionBytes'
  | 'maxCidBytes'
  | 'zeroLengthSectionAsEnd'
>

/** `generateIndexFile` in a worker thread. Progress counts payload bytes. */
export const carIndexTask: Task<CarIndexInput, GeneratedIndex> = {
  name: 'car.index',
  run({ carPath, outPath, ...options }: CarIndexInput, context: TaskContext) {
    return generateIndexFile(carPath, outPath, {
      ...options,
      sync: true,
      signal: context.signal,
      onProgress: ({ doneBytes }) => context.onProgress(doneBytes),
    })
  },
}
