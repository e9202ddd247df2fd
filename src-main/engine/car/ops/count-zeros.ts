import { type RandomAccessReader, throwIfAborted } from '../../base/index.ts'

const CHUNK_BYTES = 4 * 1024 * 1024

/** Zero bytes from `from` on, up to the first other byte or `to`. */
export async function countZeros(
  reader: RandomAccessReader,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<number> {
  const size = Math.min(CHUNK_BYTES, Math.max(0, to - from))
  const zeros = Buffer.alloc(size)
  const chunk = Buffer.allocUnsafeSlow(size)
  for (let at = from; at < to; at += size) {
    throwIfAborted(signal)
    const part = chunk.subarray(0, Math.min(size, to - at))
    const got = await reader.readAt(part, at, signal)
    if (!part.subarray(0, got).equals(zeros.subarray(0, got))) return at - from + part.findIndex((byte) => byte !== 0)
    if (got < part.length) return at - from + got
  }
  return Math.max(0, to - from)
}
