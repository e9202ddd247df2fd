import { type FileHandle, open, rm } from 'node:fs/promises'
import {
  EngineError,
  fromErrno,
  isErrnoException,
  type LongWorkOptions,
  type TaskRunner,
  throwIfAborted,
} from '../base/index.ts'
import { MIN_PAYLOAD_BYTES, type PieceCommitment, PieceHasher } from '../commp/index.ts'

const READ_BYTES = 4 * 1024 * 1024
/** Unpadded. */
const SMALLEST_PIECE_BYTES = 127

/**
 * Copies a file to a new one and computes its commitment on the way, reading it once. The copy is on disk for good when
 * this resolves; on any failure it is removed. FILE_CHANGED when the source changes meanwhile. `padTiny` adds zeros to a
 * payload that is too short for a commitment of its own, up to the smallest piece.
 */
export async function copyPiece(
  from: string,
  to: string,
  tasks: TaskRunner,
  options: LongWorkOptions & { padTiny?: boolean } = {},
): Promise<PieceCommitment> {
  const source = await openFile(from)
  try {
    const target = await open(to, 'wx')
    try {
      const commitment = await copyAndHash(from, source, target, tasks, options)
      await target.sync()
      return commitment
    } finally {
      await target.close()
    }
  } catch (error) {
    await rm(to, { force: true })
    throw EngineError.from(error)
  } finally {
    await source.close()
  }
}

async function copyAndHash(
  path: string,
  source: FileHandle,
  target: FileHandle,
  tasks: TaskRunner,
  { signal, onProgress, padTiny }: LongWorkOptions & { padTiny?: boolean },
): Promise<PieceCommitment> {
  const before = await source.stat()
  const hasher = new PieceHasher(tasks, { signal })
  const buffer = new Uint8Array(READ_BYTES)
  try {
    for (let at = 0; ; ) {
      throwIfAborted(signal)
      onProgress?.({ phase: 'Copying and checking', doneBytes: at, totalBytes: before.size })
      const { bytesRead } = await source.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) break
      const part = buffer.subarray(0, bytesRead)
      await Promise.all([hasher.update(part), writeAll(target, part, at)])
      at += bytesRead
    }
    const after = await source.stat()
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || hasher.rawSize !== before.size)
      throw new EngineError('FILE_CHANGED', `${path} changed while it was copied.`, { details: { path } })
    if (padTiny === true && before.size < MIN_PAYLOAD_BYTES) {
      const zeros = new Uint8Array(SMALLEST_PIECE_BYTES - before.size)
      await Promise.all([hasher.update(zeros), writeAll(target, zeros, before.size)])
    }
    return await hasher.finish()
  } catch (error) {
    await hasher.abort()
    throw error
  }
}

async function writeAll(target: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'r')
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
  throw new EngineError('NOT_A_FILE', `${path} is not a file.`, { details: { path } })
}
