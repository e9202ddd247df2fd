const POLYNOMIAL = 0x82f63b78
const MASK = 0xa282ead8
const SLICES = 8
/** `TABLES[256 * n + byte]`: what a byte makes of the sum when n more follow it, so that eight are taken at once. */
const TABLES = tables()

/** One byte more of a CRC-32C (Castagnoli) that begins as 0xffffffff and is turned over at the end. */
export function crc32cOver(crc: number, byte: number): number {
  return entry(0, (crc ^ byte) & 0xff) ^ (crc >>> 8)
}

/** As LevelDB stores it: turned and shifted, so that a sum over sums is no sum. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = 0xffffffff
  let at = 0
  for (; at + SLICES <= bytes.length; at += SLICES) {
    const near = crc ^ words.getUint32(at, true)
    const far = words.getUint32(at + 4, true)
    crc =
      entry(7, near & 0xff) ^
      entry(6, (near >>> 8) & 0xff) ^
      entry(5, (near >>> 16) & 0xff) ^
      entry(4, near >>> 24) ^
      entry(3, far & 0xff) ^
      entry(2, (far >>> 8) & 0xff) ^
      entry(1, (far >>> 16) & 0xff) ^
      entry(0, far >>> 24)
  }
  for (; at < bytes.length; at++) crc = crc32cOver(crc, words.getUint8(at))
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0
}

/** The sum that was stored. */
export function unmaskedCrc32c(stored: number): number {
  const turned = (stored - MASK) >>> 0
  return ((turned >>> 17) | (turned << 15)) >>> 0
}

function entry(following: number, byte: number): number {
  return TABLES[256 * following + byte] as number
}

function tables(): Uint32Array {
  const made = new Uint32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    made[byte] = value
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number
    made[at] = (made[before & 0xff] as number) ^ (before >>> 8)
  }
  return made
}
