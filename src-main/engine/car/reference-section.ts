/**
 * Recognizes the sections of a reference CAR (a linked import): instead of a leaf they hold where it lies in a file, so
 * their bytes do not hash to their CID, which is made from a key. That is how they are meant to be.
 */
import { createHash } from 'node:crypto'
import { base32upper } from 'multiformats/bases/base32'
import { RAW_CODEC } from './cid-span.ts'
import { IDENTITY_CODE, SHA2_256_CODE } from './multihash.ts'
import { dataOf, type SectionBatch } from './section-batch.ts'
import { scanVarint, varintLength } from './varint.ts'

const KEY_PREFIX = Buffer.from('/filestore/')
/** A record is a path and two numbers. */
export const MAX_REFERENCE_BYTES = 4096 + 32

/** Whether section `i` may be a reference, going by its head. */
export function mayBeReference(batch: SectionBatch, i: number): boolean {
  if (batch.codec[i] !== RAW_CODEC || (batch.dataLength[i] as number) > MAX_REFERENCE_BYTES) return false
  return batch.hashCode[i] === SHA2_256_CODE || batch.hashCode[i] === IDENTITY_CODE
}

/**
 * Whether section `i`, whose data is there, is a reference: its CID is a key and its data a record. A block under
 * sha2-256 is one only if its data does not hash to it, which the caller must have found out.
 */
export function isReference(batch: SectionBatch, i: number): boolean {
  if (!mayBeReference(batch, i) || !isReferenceRecord(dataOf(batch, i))) return false
  if (batch.hashCode[i] === SHA2_256_CODE) return true
  const start = batch.digestStart[i] as number
  const end = Math.min(start + KEY_PREFIX.length, batch.dataStart[i] as number)
  return KEY_PREFIX.equals(batch.bytes.subarray(start, end))
}

/** Whether bytes are a record: path, offset and size as protobuf fields 1, 2 and 3, and nothing else. */
export function isReferenceRecord(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x0a) return false
  const pathLength = scanVarint(bytes, 1, bytes.length)
  if (pathLength <= 0) return false
  const offsetTag = 1 + varintLength(pathLength) + pathLength
  if (bytes[offsetTag] !== 0x10) return false
  const offset = scanVarint(bytes, offsetTag + 1, bytes.length)
  if (offset < 0) return false
  const sizeTag = offsetTag + 1 + varintLength(offset)
  if (bytes[sizeTag] !== 0x18) return false
  const size = scanVarint(bytes, sizeTag + 1, bytes.length)
  return size >= 0 && sizeTag + 1 + varintLength(size) === bytes.length
}

/** The digests of the key under which a leaf's record is stored: as sha2-256, and as identity in old files. */
export function referenceKeyDigests(leafMultihash: Uint8Array): { sha256: Uint8Array; identity: Uint8Array } {
  const identity = Buffer.concat([KEY_PREFIX, Buffer.from(base32upper.baseEncode(leafMultihash))])
  return { sha256: createHash('sha256').update(identity).digest(), identity }
}
