import { closeSync, openSync, writeSync } from 'node:fs'

/** File content made by a fixed rule, the same everywhere: fixtures/unixfs/README.md. */

export interface ContentRule {
  content: 'stream' | 'zero' | 'repeat'
  seed: number
  size: number
}

const PART_BYTES = 4 * 1024 * 1024
const REPEATED_BYTES = 1024 * 1024

/** Fills `into` with the stream of xorshift32, going on from `state`. Returns the state after; `into` starts on a word. */
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
  if (rest === 0) return x
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  into.set(new Uint8Array(Uint32Array.of(x).buffer, 0, rest), into.length - rest)
  return x
}

/** The content in pieces of 4 MiB; a piece is used again for the next. */
export function* contentPieces(rule: ContentRule): Generator<Uint8Array, void, void> {
  const piece = new Uint8Array(rule.content === 'repeat' ? PART_BYTES : Math.min(PART_BYTES, rule.size))
  let state = rule.seed
  if (rule.content === 'repeat') {
    fillStream(piece.subarray(0, REPEATED_BYTES), rule.seed)
    for (let at = REPEATED_BYTES; at < piece.length; at += REPEATED_BYTES)
      piece.copyWithin(at, 0, Math.min(REPEATED_BYTES, piece.length - at))
  }
  for (let done = 0; done < rule.size; done += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, rule.size - done))
    if (rule.content === 'stream') state = fillStream(part, state)
    yield part
  }
}

export function contentBytes(rule: ContentRule): Uint8Array {
  const bytes = new Uint8Array(rule.size)
  let at = 0
  for (const piece of contentPieces(rule)) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

export function writeContent(path: string, rule: ContentRule): void {
  const fd = openSync(path, 'w')
  for (const piece of contentPieces(rule)) writeSync(fd, piece)
  closeSync(fd)
}
