const LARGE_BYTES = 64 * 1024
/**
 * Large memory starts 16 bytes into a page with the allocators in use. Copied there from the start of a page, as files
 * are read, data comes at half speed on AMD's Zen ("rep movsb" to an address just behind the source's, modulo the page).
 */
const LARGE_START = 48

/**
 * Memory that is not cleared first, as a plain Uint8Array. Not a Buffer, whose `slice` is a view: what looks like a
 * copy of a reused buffer would change under its owner.
 */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  const start = length < LARGE_BYTES ? 0 : LARGE_START
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(start + length)
  return new Uint8Array(buffer, byteOffset + start, length)
}
