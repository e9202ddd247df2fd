import type { IndexRecords } from '../../car/index.ts'
import { varintLength, writeVarint } from '../../car/index.ts'

/**
 * Keys of postings: the multihash, then the number of the shard, 4 bytes big-endian. A multihash says how long it is,
 * so everything that begins with one and goes on for 4 bytes is a posting of it. An index of codec car-index-sorted
 * does not know hash functions; its postings have the digest's length, 2 bytes, and the digest instead.
 */
export const MULTIHASH_ROWS = Buffer.from('/pm/')
export const DIGEST_ROWS = Buffer.from('/pd/')
export const NUMBER_BYTES = 4

/** The keys for a batch of index records, cut from one buffer. */
export function postingKeys(records: IndexRecords, shardNumber: number): Uint8Array[] {
  const { bytes, digestLength, count } = records
  const head = headOf(records)
  const width = head.length + digestLength + NUMBER_BYTES
  const slab = Buffer.allocUnsafeSlow(width * count)
  const keys = new Array<Uint8Array>(count)
  for (let i = 0; i < count; i++) {
    const at = i * width
    const from = i * (digestLength + 8)
    slab.set(head, at)
    slab.set(bytes.subarray(from, from + digestLength), at + head.length)
    slab.writeUInt32BE(shardNumber, at + head.length + digestLength)
    keys[i] = new Uint8Array(slab.buffer, at, width)
  }
  return keys
}

/** What the keys of a multihash's postings begin with. */
export function multihashPrefix(multihash: Uint8Array): Uint8Array {
  return Buffer.concat([MULTIHASH_ROWS, multihash])
}

export function digestPrefix(digest: Uint8Array): Uint8Array {
  return Buffer.concat([DIGEST_ROWS, lengthHead(digest.length), digest])
}

export function numberOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUInt32BE(key.byteLength - NUMBER_BYTES)
}

function headOf({ hashCode, digestLength }: IndexRecords): Uint8Array {
  if (hashCode === null) return Buffer.concat([DIGEST_ROWS, lengthHead(digestLength)])
  const head = new Uint8Array(MULTIHASH_ROWS.length + varintLength(hashCode) + varintLength(digestLength))
  head.set(MULTIHASH_ROWS)
  writeVarint(digestLength, head, writeVarint(hashCode, head, MULTIHASH_ROWS.length))
  return head
}

function lengthHead(length: number): Uint8Array {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(length)
  return head
}
