import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { fromErrno, isErrnoException, type RandomAccessReader, type Task, temporaryPathFor } from '../base/index.ts'
import { buildIndex, type IndexBuilder, readCarLayout, writeIndexFile } from '../car/index.ts'
import { type LocalSource, openLocalSource } from './local-source.ts'

export interface IndexShardInput {
  source: LocalSource
  outPath: string
}

export interface IndexedShard {
  recordCount: number
  /** Of the index. */
  bytes: number
  /** The index itself where it is small. */
  content: Uint8Array<ArrayBuffer> | null
}

/** Up to this size an index is given back, to be kept in a journal until its file is synced at leisure. */
const SMALL_BYTES = 64 * 1024
const READ_BYTES = 4 * 1024 * 1024
/** Pieces are padded with zeros behind their CAR; identity CIDs are indexed so that they can be looked up. */
const OPTIONS = { includeIdentity: true, zeroLengthSectionAsEnd: true } as const

/** Indexes a CAR in a worker. */
export const indexShardTask: Task<IndexShardInput, IndexedShard> = {
  name: 'dagstore.index',
  async run({ source, outPath }, { signal }) {
    const reader = openLocalSource(source)
    try {
      return await indexShard(reader, outPath, { sync: true, signal })
    } finally {
      await reader.close()
    }
  },
  transferOutput: ({ content }) => (content === null ? [] : [content.buffer]),
}

/**
 * Writes the index of a CAR, as go-car generates it, to `outPath`, atomically. A large index is durable; a small one is
 * given back instead, since its file is not synced.
 */
export async function indexShard(
  reader: RandomAccessReader,
  outPath: string,
  options: { sync?: boolean; signal?: AbortSignal } = {},
): Promise<IndexedShard> {
  const layout = await readCarLayout(reader, { ...OPTIONS, signal: options.signal })
  const readBytes = Math.min(READ_BYTES, Math.max(1, layout.payloadSize))
  const { builder } = await buildIndex(reader, layout, { ...OPTIONS, ...options, readBytes })
  try {
    const { recordCount, byteLength: bytes } = builder
    if (bytes > SMALL_BYTES) {
      await writeIndexFile(builder, outPath)
      return { recordCount, bytes, content: null }
    }
    const content = encode(builder)
    writeSmallFile(outPath, content)
    return { recordCount, bytes, content }
  } finally {
    builder.close()
  }
}

function encode(builder: IndexBuilder): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(builder.byteLength)
  let at = 0
  for (const piece of builder.encode()) {
    content.set(piece, at)
    at += piece.length
  }
  return content
}

/** Synchronously: a trip to another thread for each of these steps takes longer than the steps. */
function writeSmallFile(path: string, content: Uint8Array): void {
  const temporary = temporaryPathFor(path)
  try {
    const fd = openSync(temporary, 'wx')
    try {
      for (let done = 0; done < content.length; ) done += writeSync(fd, content, done)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
