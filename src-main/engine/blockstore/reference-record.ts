/**
 * One reference of a linked import (ref-CARv2): the CIDs under which a leaf's record is stored in the CAR, and the record
 * itself. Spec: car-formats 6.1 to 6.3; interchangeable with Lotus 1.11 to 1.27 and Boost.
 */
import { posix, win32 } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError } from '../base/index.ts'
import {
  decodeReferenceRecord,
  IDENTITY_CODE,
  RAW_CODEC,
  referenceKeyDigests,
  SHA2_256_CODE,
  varintLength,
  writeVarint,
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

/** Bytes of the CID under which a new reference is stored: CIDv1, raw, sha2-256 of the key. */
export function referenceKeyBytes(leaf: CID): Uint8Array {
  const bytes = new Uint8Array(REFERENCE_MULTIHASH_START + 34)
  bytes.set([1, RAW_CODEC, SHA2_256_CODE, 32])
  bytes.set(referenceKeyDigests(leaf.multihash.bytes).sha256, 4)
  return bytes
}
export const REFERENCE_MULTIHASH_START = 2

/**
 * The CIDs under which a leaf's record may be stored: sha2-256 of the key, as all new files have it, and the key itself
 * as identity multihash, as Lotus had it up to 1.15.0.
 */
export function referenceKeys(leaf: CID): [CID, CID] {
  const { sha256, identity } = referenceKeyDigests(leaf.multihash.bytes)
  return [
    CID.createV1(RAW_CODEC, createDigest(SHA2_256_CODE, sha256)),
    CID.createV1(RAW_CODEC, createDigest(IDENTITY_CODE, identity)),
  ]
}

/** A record as protobuf. Field order and explicit zeros are those of go-filestore. */
export function encodeReference(recordPath: string, offset: number, size: number): Uint8Array {
  const pathLength = Buffer.byteLength(recordPath)
  const offsetTag = 1 + varintLength(pathLength) + pathLength
  const sizeTag = offsetTag + 1 + varintLength(offset)
  const record = Buffer.alloc(sizeTag + 1 + varintLength(size))
  record[0] = 0x0a
  record.write(recordPath, writeVarint(pathLength, record, 1))
  record[offsetTag] = 0x10
  writeVarint(offset, record, offsetTag + 1)
  record[sizeTag] = 0x18
  writeVarint(size, record, sizeTag + 1)
  return record
}

/** Reads a record; null when the bytes are none. */
export function decodeReference(bytes: Uint8Array, baseDir: string): SourceRange | null {
  const record = decodeReferenceRecord(bytes)
  return record === null ? null : { ...record, path: fromRecordPath(record.path, baseDir) }
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
  if (relative === '' || /^\.\.([\\/]|$)/.test(relative) || paths.isAbsolute(relative))
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
