import {
  type AtomicFileWriter,
  allocateBytes,
  EngineError,
  type LongWorkOptions,
  type RandomAccessReader,
  throwIfAborted,
} from '../../base/index.ts'

const CHUNK_BYTES = 4 * 1024 * 1024

/** Appends a part of `reader` to `file`. One chunk is read while the one before is written. */
export async function copyRange(
  reader: RandomAccessReader,
  range: { offset: number; length: number },
  file: AtomicFileWriter,
  options: LongWorkOptions = {},
): Promise<void> {
  const size = Math.min(CHUNK_BYTES, range.length)
  const chunks = [allocateBytes(size), allocateBytes(size)] as const
  let writing = Promise.resolve()
  let turn: 0 | 1 = 0
  for (let done = 0; done < range.length; ) {
    throwIfAborted(options.signal)
    const chunk = chunks[turn].subarray(0, range.length - done)
    const got = await reader.readAt(chunk, range.offset + done, options.signal)
    if (got < chunk.length)
      throw new EngineError('CAR_TRUNCATED', 'The CAR has become shorter while it was copied.', {
        details: { offset: range.offset + done + got },
      })
    await writing
    writing = file.append(chunk)
    writing.catch(() => {}) // reported when it is awaited
    done += chunk.length
    turn = turn === 0 ? 1 : 0
    options.onProgress?.({ phase: 'Copying', doneBytes: done, totalBytes: range.length })
  }
  await writing
}
