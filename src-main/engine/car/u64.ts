/** Unsigned 64-bit little-endian numbers as JavaScript numbers, without BigInt. */

/** Exact up to 2^53. */
export function readU64(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16)
  const middle = (bytes[at + 3] as number) | ((bytes[at + 4] as number) << 8) | ((bytes[at + 5] as number) << 16)
  const high = (bytes[at + 6] as number) | ((bytes[at + 7] as number) << 8)
  return low + middle * 0x1000000 + high * 0x1000000000000
}

export function writeU64(value: number, into: Uint8Array, at: number): void {
  const high = Math.floor(value / 0x100000000)
  into[at] = value & 0xff
  into[at + 1] = (value >>> 8) & 0xff
  into[at + 2] = (value >>> 16) & 0xff
  into[at + 3] = (value >>> 24) & 0xff
  into[at + 4] = high & 0xff
  into[at + 5] = (high >>> 8) & 0xff
  into[at + 6] = (high >>> 16) & 0xff
  into[at + 7] = (high >>> 24) & 0xff
}
