/**
 * Memory that is not cleared first, as a plain Uint8Array. Not a Buffer, whose `slice` is a view: what looks like a
 * copy of a reused buffer would change under its owner.
 */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer, byteOffset, length)
}

/** A copy of a part of `bytes`, whatever kind of array it is. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}
