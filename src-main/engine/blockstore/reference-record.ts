/**
 * The wire form of one reference of a linked import (ref-CARv2): the CIDs under which a leaf's record is stored in the
 * CAR, and the record itself. Spec: car-formats 6.1 to 6.3; interchangeable with Lotus 1.11 to 1.27 and Boost.
 */

import { posix, win32 } from 'node:path'
import { base32upper } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError } from '../base/index.ts'
import {
  computeDigest,
  encodeVarint,
  IDENTITY_CODE,
  RAW_CODEC,
  SHA2_256_CODE,
  scanVarint,
  varintLength,
} from '../car/index.ts'

/** Where the bytes of a leaf lie. */
export interface SourceRange {
  /** Absolute path of the source file on this machine. */
  path: string
  /** Start in the file, in bytes. */
  offset: number
  /** Length in bytes. */
  size: number
}

export const KEY_PREFIX = '/filestore/'

const text = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The CID under which new references are stored: raw, sha2-256 of the key. */
export function referenceKeyCid(leaf: CID): CID {
  // sha2-256 comes from node:crypto, which is synchronous.
  const digest = computeDigest(SHA2_256_CODE, keyOf(leaf)) as Uint8Array
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256_CODE, digest))
}

/** The CID that Lotus up to 1.15.0 used: raw, the key itself as identity multihash. */
export function identityKeyCid(leaf: CID): CID {
  return CID.createV1(RAW_CODEC, createDigest(IDENTITY_CODE, keyOf(leaf)))
}

/** Whether a stored CID is the key of a reference of the identity generations. */
export function isIdentityKey(cid: CID): boolean {
  if (cid.code !== RAW_CODEC || cid.multihash.code !== IDENTITY_CODE) return false
  const start = cid.multihash.digest.subarray(0, KEY_PREFIX.length)
  return Buffer.compare(start, text.encode(KEY_PREFIX)) === 0
}

/** A record as protobuf. Field order and explicit zeros are those of go-filestore. */
export function encodeReference(range: SourceRange, baseDir: string): Uint8Array {
  const path = text.encode(toRecordPath(range.path, baseDir))
  const head = [0x0a, ...encodeVarint(path.length)]
  const tail = [0x10, ...encodeVarint(range.offset), 0x18, ...encodeVarint(range.size)]
  const record = new Uint8Array(head.length + path.length + tail.length)
  record.set(head, 0)
  record.set(path, head.length)
  record.set(tail, head.length + path.length)
  return record
}

/** Reads a record; null when the bytes are none. */
export function decodeReference(bytes: Uint8Array, baseDir: string): SourceRange | null {
  const fields = readFields(bytes)
  if (fields === null) return null
  return { path: fromRecordPath(fields.path, baseDir), offset: fields.offset, size: fields.size }
}

/** The path as records hold it: relative to the base folder, with forward slashes. */
export function toRecordPath(path: string, baseDir: string, platform: NodeJS.Platform = process.platform): string {
  const paths = platform === 'win32' ? win32 : posix
  if (!paths.isAbsolute(path))
    throw new EngineError('INVALID_ARGUMENT', `${path} cannot be referenced: its path must be absolute.`, {
      details: { path },
    })
  if (platform === 'win32' && baseDir === '/') return win32.normalize(path).replaceAll('\\', '/')
  const relative = paths.relative(baseDir, path)
  if (relative === '' || relative.startsWith('..') || paths.isAbsolute(relative))
    throw new EngineError('INVALID_ARGUMENT', `${path} cannot be referenced: it is not inside ${baseDir}.`, {
      details: { path, baseDir },
    })
  return relative.replaceAll(paths.sep, '/')
}

/** The inverse of `toRecordPath`. On Windows a path with a drive or server stands as it is. */
export function fromRecordPath(path: string, baseDir: string, platform: NodeJS.Platform = process.platform): string {
  if (/^https?:\/\//.test(path))
    throw new EngineError('UNSUPPORTED', `This linked import refers to ${path}: only local files can be its source.`, {
      details: { path },
    })
  if (platform !== 'win32') return posix.join(baseDir, path)
  return win32.isAbsolute(path) ? win32.normalize(path) : win32.join(baseDir, path)
}

/** `/filestore/` and the leaf's multihash in base32, upper case, no padding. */
function keyOf(leaf: CID): Uint8Array {
  return text.encode(KEY_PREFIX + base32upper.baseEncode(leaf.multihash.bytes))
}

function readFields(bytes: Uint8Array): SourceRange | null {
  if (bytes[0] !== 0x0a) return null
  const pathLength = scanVarint(bytes, 1, bytes.length)
  const pathStart = 1 + varintLength(pathLength)
  const pathEnd = pathStart + pathLength
  if (pathLength < 0 || bytes[pathEnd] !== 0x10) return null
  const offset = scanVarint(bytes, pathEnd + 1, bytes.length)
  const sizeTag = pathEnd + 1 + varintLength(offset)
  if (offset < 0 || bytes[sizeTag] !== 0x18) return null
  const size = scanVarint(bytes, sizeTag + 1, bytes.length)
  if (size < 0 || sizeTag + 1 + varintLength(size) !== bytes.length) return null
  try {
    return { path: utf8.decode(bytes.subarray(pathStart, pathEnd)), offset, size }
  } catch {
    return null
  }
}
