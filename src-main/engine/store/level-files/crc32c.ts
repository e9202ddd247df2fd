const POLYNOMIAL = 0x82f63b78
const MASK = 0xa282ead8
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

/** One byte more of a CRC-32C (Castagnoli) that begins as 0xffffffff and is turned over at the end. */
export function crc32cOver(crc: number, byte: number): number {
  return (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
}

/** As LevelDB stores it: turned and shifted, so that a sum over sums is no sum. */
export function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = crc32cOver(crc, byte)
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0
}

/** The sum that was stored. */
export function unmaskedCrc32c(stored: number): number {
  const turned = (stored - MASK) >>> 0
  return ((turned >>> 17) | (turned << 15)) >>> 0
}
