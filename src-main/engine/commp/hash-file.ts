import { stat } from 'node:fs/promises'
import {
  EngineError,
  fromErrno,
  isErrnoException,
  type LongWorkOptions,
  type TaskRunner,
  Throttle,
  throwIfAborted,
} from '../base/index.ts'
import { commitmentFromChunks, PIECE_CHUNK_BYTES, type PieceCommitment, requirePayload } from './piece-tree.ts'
import { type FileChunk, fileSubtreeTask } from './subtree.ts'

/** A part of a file, such as the payload of a CARv2. */
export interface FileRange {
  offset: number
  length: number
}

/**
 * Commitment of the bytes of a file, or of a range of it, as they are. Workers read the file themselves, a chunk each. PIECE_TOO_SMALL under
 * 65 bytes; FILE_CHANGED when the file changes meanwhile.
 */
export async function hashFile(
  path: string,
  tasks: TaskRunner,
  options: LongWorkOptions & { range?: FileRange } = {},
): Promise<PieceCommitment> {
  const before = await statFile(path)
  const range = options.range ?? { offset: 0, length: before.size }
  requirePayload(range.length)
  const roots = await hashChunks(path, range, tasks, options)
  const after = await statFile(path)
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
    throw new EngineError('FILE_CHANGED', `${path} changed while it was read.`, { details: { path } })
  return commitmentFromChunks(roots, range.length)
}

/** Root of one chunk of a file, for `commitmentFromChunks`: chunks may be hashed in any order as they arrive. */
export function hashFileChunk(
  chunk: FileChunk,
  tasks: TaskRunner,
  options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  return tasks.run(fileSubtreeTask, chunk, options)
}

async function hashChunks(
  path: string,
  range: FileRange,
  tasks: TaskRunner,
  { signal, onProgress }: LongWorkOptions,
): Promise<Uint8Array[]> {
  const stop = new AbortController()
  const throttle = new Throttle(tasks.parallelism + 1)
  let doneBytes = 0
  const report = () => onProgress?.({ phase: 'Computing the piece commitment', doneBytes, totalBytes: range.length })
  const hashAt = (offset: number) =>
    throttle.run(async () => {
      throwIfAborted(signal)
      throwIfAborted(stop.signal)
      const length = Math.min(PIECE_CHUNK_BYTES, range.length - offset)
      const chunk = { path, offset: range.offset + offset, length }
      const root = await hashFileChunk(chunk, tasks, { signal: stop.signal })
      doneBytes += length
      report()
      return root
    })
  const onAbort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const chunks: Promise<Uint8Array>[] = []
  try {
    report()
    for (let offset = 0; offset < range.length; offset += PIECE_CHUNK_BYTES) chunks.push(hashAt(offset))
    return await Promise.all(chunks)
  } catch (error) {
    stop.abort()
    await Promise.allSettled(chunks)
    throwIfAborted(signal)
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

async function statFile(path: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    const found = await stat(path)
    if (found.isFile()) return found
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
  throw new EngineError('NOT_A_FILE', `${path} is not a file.`, { details: { path } })
}
