import { crc32 } from 'node:zlib'
import { EngineError } from '../../base/index.ts'
import { POSTING_BYTES, type PostingSecret } from './posting-key.ts'

/**
 * A segment: a file of postings in the order of their keys, which never changes once it has its name. All words have
 * 32 bits and are little-endian.
 *
 *     records     16 bytes each: key (3 words), number of the shard
 *     fences      for each block of 256 records (the last may be shorter): the first two words of its first key
 *     checksums   for each block: CRC-32 of its records
 *     numbers     for each shard in the segment, ascending: its number
 *     counts      for each of these: how many postings it has
 *     trailer     64 bytes: magic "CPpstg01"; records (lower word, upper word); blocks; numbers; the two words of the
 *                 secret that the keys were made with; CRC-32 of everything between records and trailer; 7 words of
 *                 zero; CRC-32 of the trailer up to here
 *
 * Records begin at 0, so that a block of 4 KiB is one page of the file. Fences stay in memory: 12 bytes for 256 postings.
 */
export const BLOCK_RECORDS = 256
export const BLOCK_BYTES = BLOCK_RECORDS * POSTING_BYTES
export const TRAILER_BYTES = 64
const TRAILER_WORDS = TRAILER_BYTES / 4
const MAGIC = [0x73705043, 0x31306774] as const

export interface SegmentTrailer {
  recordCount: number
  blockCount: number
  numberCount: number
  secret: PostingSecret
  metaChecksum: number
}

/** What lies between the records and the trailer. */
export interface SegmentMeta {
  /** Two words for each block. */
  fences: Uint32Array
  checksums: Uint32Array
  numbers: Uint32Array
  counts: Uint32Array
}

export function encodeMeta({ fences, checksums, numbers, counts }: SegmentMeta): Uint8Array {
  return Buffer.concat([fences, checksums, numbers, counts].map(bytesOf))
}

export function metaBytesOf({ blockCount, numberCount }: SegmentTrailer): number {
  return 4 * (3 * blockCount + 2 * numberCount)
}

/** STORE_CORRUPT where the checksum says so. `bytes` must begin at a whole word of its buffer. */
export function decodeMeta(bytes: Uint8Array, trailer: SegmentTrailer, path: string): SegmentMeta {
  const { blockCount, numberCount, metaChecksum } = trailer
  if (crc32(bytes) !== metaChecksum) throw damaged(path, 'its fences do not match their checksum')
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  return {
    fences: words.subarray(0, 2 * blockCount),
    checksums: words.subarray(2 * blockCount, 3 * blockCount),
    numbers: words.subarray(3 * blockCount, 3 * blockCount + numberCount),
    counts: words.subarray(3 * blockCount + numberCount),
  }
}

export function encodeTrailer({ recordCount, blockCount, numberCount, secret, metaChecksum }: SegmentTrailer) {
  const words = new Uint32Array(TRAILER_WORDS)
  const upper = Math.floor(recordCount / 0x100000000)
  words.set([...MAGIC, recordCount, upper, blockCount, numberCount, ...secret, metaChecksum])
  words[TRAILER_WORDS - 1] = crc32(bytesOf(words.subarray(0, TRAILER_WORDS - 1)))
  return bytesOf(words)
}

/** STORE_CORRUPT for anything but the end of a segment of this length. */
export function decodeTrailer(bytes: Uint8Array, fileBytes: number, path: string): SegmentTrailer {
  const words = new Uint32Array(bytes.slice().buffer)
  const word = (at: number) => words[at] as number
  if (word(0) !== MAGIC[0] || word(1) !== MAGIC[1]) throw damaged(path, 'it does not end as one')
  if (crc32(bytesOf(words.subarray(0, TRAILER_WORDS - 1))) !== word(TRAILER_WORDS - 1))
    throw damaged(path, 'its end does not match its checksum')
  const trailer: SegmentTrailer = {
    recordCount: word(2) + word(3) * 0x100000000,
    blockCount: word(4),
    numberCount: word(5),
    secret: [word(6), word(7)],
    metaChecksum: word(8),
  }
  const expected = trailer.recordCount * POSTING_BYTES + metaBytesOf(trailer) + TRAILER_BYTES
  if (expected !== fileBytes || Math.ceil(trailer.recordCount / BLOCK_RECORDS) !== trailer.blockCount)
    throw damaged(path, `it has ${fileBytes} bytes and should have ${expected}`)
  return trailer
}

export function damaged(path: string, why: string): EngineError {
  return new EngineError('STORE_CORRUPT', `The part of the inverted index in ${path} is damaged: ${why}.`, {
    details: { path },
  })
}

export function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}
