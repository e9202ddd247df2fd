import { murmur364 } from '@multiformats/murmur3'

export const HAMT_HASH_BITS = 64

const utf8 = new TextEncoder()

/** The 64 bits that place a name in a HAMT folder, read from the front, log2(fanout) bits for each level. */
export function hamtHash(name: string): Uint8Array {
  return hamtHashOf(utf8.encode(name))
}

/** As `hamtHash`, from the UTF-8 bytes of the name. */
export function hamtHashOf(name: Uint8Array): Uint8Array {
  return murmur364.encode(name) as Uint8Array
}

/** The slot at `level` (from 0); null past the end of the hash. */
export function hamtSlot(hash: Uint8Array, level: number, bitsPerLevel: number): number | null {
  const start = level * bitsPerLevel
  if (start + bitsPerLevel > hash.length * 8) return null
  let slot = 0
  for (let bit = start; bit < start + bitsPerLevel; bit++)
    slot = (slot << 1) | (((hash[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  return slot
}

/** Hexadecimal digits in front of each link's name. */
export function hamtPrefixLength(fanout: number): number {
  return (fanout - 1).toString(16).length
}
