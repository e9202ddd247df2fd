import { varintLength, writeVarint } from '../car/index.ts'

/** A multihash as hex; only its digest where the index it stands in does not record the hash function. */
export function multihashHex(hashCode: number | null, digest: Uint8Array): string {
  const hex = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex')
  if (hashCode === null) return hex
  const head = Buffer.alloc(varintLength(hashCode) + varintLength(digest.length))
  writeVarint(digest.length, head, writeVarint(hashCode, head, 0))
  return head.toString('hex') + hex
}
