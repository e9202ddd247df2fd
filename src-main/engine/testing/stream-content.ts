/** The contents that fixtures describe by rule (fixtures/unixfs/README.md): what other programs were given, byte for byte. */
export interface ContentRule {
  content: 'stream' | 'zero' | 'repeat'
  seed: number
  /** In bytes. */
  size: number
}

const PART_BYTES = 1 << 20

/** The bytes of a rule, in parts of 1 MiB; each part is valid until the next is asked for. */
export function* contentParts(rule: ContentRule): Generator<Uint8Array, void, void> {
  const part = new Uint8Array(PART_BYTES)
  const words = new Uint32Array(part.buffer)
  let state = rule.seed
  for (let done = 0; done < rule.size; done += PART_BYTES) {
    if (rule.content === 'stream' || (rule.content === 'repeat' && done === 0)) state = fill(words, state)
    yield part.subarray(0, Math.min(PART_BYTES, rule.size - done))
  }
}

/** The bytes of a rule at once: for small ones. */
export function contentBytes(rule: ContentRule): Uint8Array {
  const bytes = new Uint8Array(rule.size)
  let at = 0
  for (const part of contentParts(rule)) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** xorshift32, four bytes a step, little-endian. */
function fill(words: Uint32Array, seed: number): number {
  let x = seed
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  return x
}
