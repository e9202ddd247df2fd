/** CARv1 files of raw sha2-256 blocks, for the benchmarks of large CARs. */
import { hash } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { encodeCarHeader, encodeVarint, varintLength, writeVarint } from '../src-main/engine/car/index.ts'
import { fillStream } from './data.ts'

/** CIDv1, raw, sha2-256, 32 bytes of digest. */
const CID_PREFIX = Uint8Array.of(1, 0x55, 0x12, 32)
const CID_BYTES = CID_PREFIX.length + 32
const BATCH_BYTES = 4 * 1024 * 1024

export interface BenchRawCar {
  path: string
  blockCount: number
  /** Of the whole file. */
  sizeBytes: number
  /** Where the first section begins. */
  headerBytes: number
}

/**
 * `blockCount` blocks of `blockBytesOf(i)` bytes of the stream of `seed`. Digests are of the same stream and not those
 * of the blocks: enough for what does not hash them, and made in seconds.
 */
export function writeUnhashedCar(
  path: string,
  blockCount: number,
  seed: number,
  blockBytesOf: (i: number) => number,
): BenchRawCar {
  const header = encodeCarHeader([rawCid(new Uint8Array(32))])
  const fd = openSync(path, 'w')
  let sizeBytes = writeSync(fd, header)
  let state = seed
  for (let next = 0; next < blockCount; ) {
    const batch = new Uint8Array(BATCH_BYTES)
    state = fillStream(batch, state)
    let used = 0
    for (; next < blockCount; next++) {
      const length = CID_BYTES + blockBytesOf(next)
      if (used + varintLength(length) + length > BATCH_BYTES) break
      const cidAt = writeVarint(length, batch, used)
      batch.set(CID_PREFIX, cidAt)
      used = cidAt + length
    }
    sizeBytes += writeSync(fd, batch, 0, used)
  }
  closeSync(fd)
  return { path, blockCount, sizeBytes, headerBytes: header.length }
}

/** The same, of which only the heads of sections are written: the data are holes, and take no room on the disk. */
export function writeSparseCar(path: string, blockCount: number, seed: number, blockBytes: number): BenchRawCar {
  const header = encodeCarHeader([rawCid(new Uint8Array(32))])
  const length = encodeVarint(CID_BYTES + blockBytes)
  const head = new Uint8Array(length.length + CID_BYTES)
  head.set(length)
  head.set(CID_PREFIX, length.length)
  const digest = new Uint8Array(32)
  const fd = openSync(path, 'w')
  let position = writeSync(fd, header)
  let state = seed
  for (let i = 0; i < blockCount; i++) {
    state = fillStream(digest, state)
    head.set(digest, length.length + CID_PREFIX.length)
    writeSync(fd, head, 0, head.length, position)
    position += head.length + blockBytes
  }
  ftruncateSync(fd, position)
  closeSync(fd)
  return { path, blockCount, sizeBytes: position, headerBytes: header.length }
}

/** Blocks that hash to their CIDs, whose digests stand one after another in `digests`. The first is the root. */
export function writeHashedCar(
  path: string,
  blockCount: number,
  seed: number,
  blockBytes: number,
): BenchRawCar & { digests: Uint8Array } {
  const digests = new Uint8Array(blockCount * 32)
  const length = encodeVarint(CID_BYTES + blockBytes)
  const section = new Uint8Array(length.length + CID_BYTES + blockBytes)
  section.set(length)
  section.set(CID_PREFIX, length.length)
  const digest = section.subarray(length.length + CID_PREFIX.length, length.length + CID_BYTES)
  const block = new Uint8Array(blockBytes)
  const headerBytes = encodeCarHeader([rawCid(digest)]).length
  const fd = openSync(path, 'w')
  let position = headerBytes
  let state = seed
  for (let i = 0; i < blockCount; i++) {
    state = fillStream(block, state)
    section.set(block, length.length + CID_BYTES)
    digest.set(hash('sha256', block, 'buffer'))
    digests.set(digest, i * 32)
    position += writeSync(fd, section, 0, section.length, position)
  }
  writeSync(fd, encodeCarHeader([rawCid(digests.subarray(0, 32))]), 0, headerBytes, 0)
  closeSync(fd)
  return { path, blockCount, sizeBytes: position, headerBytes, digests }
}

export function rawCid(digest: Uint8Array): CID {
  return CID.createV1(0x55, createDigest(0x12, digest))
}
