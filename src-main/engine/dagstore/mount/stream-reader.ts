import { type RandomAccessReader, throwIfAborted } from '../../base/index.ts'

const COPY_BYTES = 4 * 1024 * 1024

/** What a reader holds, from `from` to its end. */
export async function* streamReader(
  reader: RandomAccessReader,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  for (let position = from; position < reader.size; ) {
    throwIfAborted(signal)
    const chunk = new Uint8Array(Math.min(COPY_BYTES, reader.size - position))
    const read = await reader.readAt(chunk, position, signal)
    if (read === 0) return
    yield chunk.subarray(0, read)
    position += read
  }
}
