/** Test data made by a fixed rule, the same on every machine: the stream of xorshift32 (fixtures/unixfs/README.md). */
import { closeSync, openSync, writeSync } from 'node:fs'

const PART_BYTES = 4 * 1024 * 1024

/** Fills `into` with the stream, going on from `state`; returns the state after. */
export function fillStream(into: Uint8Array, state: number): number {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length >> 2)
  let x = state
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  const rest = into.length & 3
  if (rest > 0) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    const last = new Uint8Array(Uint32Array.of(x).buffer, 0, rest)
    into.set(last, into.length - rest)
  }
  return x
}

/** Writes a file of the stream of `seed`; it stays in the page cache. */
export function writeStreamFile(path: string, sizeBytes: number, seed: number): void {
  const fd = openSync(path, 'w')
  const part = new Uint8Array(PART_BYTES)
  let state = seed
  for (let done = 0; done < sizeBytes; done += part.length) {
    const piece = part.subarray(0, Math.min(part.length, sizeBytes - done))
    state = fillStream(piece, state)
    writeSync(fd, piece)
  }
  closeSync(fd)
}
