/**
 * Recognizes the sections of a reference CAR (a linked import): instead of a leaf they hold where it lies in a file, so
 * their bytes do not hash to their CID, which is made from a key. That is how they are meant to be.
 */
import { hash } from 'node:crypto'
import { base32upper } from 'multiformats/bases/base32'
import { RAW_CODEC } from './cid-span.ts'
import { IDENTITY_CODE, SHA2_256_CODE } from './multihash.ts'
import { dataOf, type SectionBatch } from './section-batch.ts'
import { scanVarint, varintLength } from './varint.ts'

const KEY_PREFIX = '/filestore/'
const KEY_PREFIX_BYTES = Buffer.from(KEY_PREFIX)
/** A record is a path and two numbers. */
const MAX_REFERENCE_BYTES = 4096 + 32

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
  const end = Math.min(start + KEY_PREFIX_BYTES.length, batch.dataStart[i] as number)
  return KEY_PREFIX_BYTES.equals(batch.bytes.subarray(start, end))
}

/** Whether bytes are a record, and nothing else. */
function isReferenceRecord(bytes: Uint8Array): boolean {
  return decodeReferenceRecord(bytes) !== null
}

/** Where a leaf lies, as a record has it. */
export interface ReferenceRecord {
  /** Relative to a base folder, with forward slashes. */
  path: string
  offset: number
  size: number
}

/** Reads a record: path, offset and size as protobuf fields 1, 2 and 3. null when the bytes are none. */
export function decodeReferenceRecord(bytes: Uint8Array): ReferenceRecord | null {
  if (bytes[0] !== 0x0a) return null
  const pathLength = scanVarint(bytes, 1, bytes.length)
  if (pathLength <= 0) return null
  const pathStart = 1 + varintLength(pathLength)
  const offsetTag = pathStart + pathLength
  if (bytes[offsetTag] !== 0x10) return null
  const offset = scanVarint(bytes, offsetTag + 1, bytes.length)
  if (offset < 0) return null
  const sizeTag = offsetTag + 1 + varintLength(offset)
  if (bytes[sizeTag] !== 0x18) return null
  const size = scanVarint(bytes, sizeTag + 1, bytes.length)
  if (size < 0 || sizeTag + 1 + varintLength(size) !== bytes.length) return null
  const path = decodeUtf8(bytes.subarray(pathStart, offsetTag))
  return path === null ? null : { path, offset, size }
}

/** The key under which a leaf's record is stored: as sha2-256 digest, and as identity digest in old files. */
export function referenceKeyDigests(leafMultihash: Uint8Array): { sha256: Uint8Array; identity: Uint8Array } {
  const identity = Buffer.from(KEY_PREFIX + base32upper.baseEncode(leafMultihash), 'latin1')
  return { sha256: hash('sha256', identity, 'buffer'), identity }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
