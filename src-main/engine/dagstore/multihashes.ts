import type { CID } from 'multiformats/cid'
import { decode as decodeMultihash } from 'multiformats/hashes/digest'
import { parseCid } from '../base/index.ts'
import { varintLength, writeVarint } from '../car/index.ts'

/** A multihash as hex; only its digest where the index it stands in does not record the hash function. */
export function multihashHex(hashCode: number | null, digest: Uint8Array): string {
  const hex = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex')
  if (hashCode === null) return hex
  const head = Buffer.alloc(varintLength(hashCode) + varintLength(digest.length))
  writeVarint(digest.length, head, writeVarint(hashCode, head, 0))
  return head.toString('hex') + hex
}

/** The multihash that a text is in hex, as listings of indexes show it; null for other texts, CIDs among them. */
function multihashInHex(text: string): Uint8Array | null {
  if (text.length < 4 || text.length % 2 === 1 || !/^[0-9a-f]+$/i.test(text)) return null
  try {
    return decodeMultihash(Buffer.from(text, 'hex')).bytes
  } catch {
    return null
  }
}

/** The multihash of a block that is named by its CID, its CID as text, its multihash in hex, or the multihash itself. */
export function multihashOf(block: CID | string | Uint8Array): Uint8Array {
  if (block instanceof Uint8Array) return block
  if (typeof block !== 'string') return block.multihash.bytes
  return multihashInHex(block) ?? parseCid(block).multihash.bytes
}
