import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { FileReader } from '../../base/index.ts'
import { POSTING_BYTES, POSTING_WORDS, type PostingSecret } from './posting-key.ts'
import { compareKeys } from './posting-order.ts'
import {
  BLOCK_BYTES,
  BLOCK_RECORDS,
  bytesOf,
  damaged,
  decodeMeta,
  decodeTrailer,
  metaBytesOf,
  type SegmentMeta,
  type SegmentTrailer,
  TRAILER_BYTES,
} from './segment-format.ts'

/** A block of any segment; reading one is synchronous. */
const BLOCK = new Uint32Array(BLOCK_RECORDS * POSTING_WORDS)

/** A segment, open for looking keys up: fences in memory, and one read of a block for a key, more where a key fills blocks. */
export class Segment {
  readonly name: string
  readonly path: string
  readonly recordCount: number
  readonly secret: PostingSecret
  /** Shard numbers, ascending, and how many postings each has. */
  readonly numbers: Uint32Array
  readonly counts: Uint32Array
  readonly #file: FileReader
  readonly #fences: Uint32Array
  readonly #checksums: Uint32Array

  private constructor(file: FileReader, { recordCount, secret }: SegmentTrailer, meta: SegmentMeta) {
    this.#file = file
    this.path = file.path
    this.name = basename(file.path)
    this.recordCount = recordCount
    this.secret = secret
    this.numbers = meta.numbers
    this.counts = meta.counts
    this.#fences = meta.fences
    this.#checksums = meta.checksums
  }

  /** STORE_CORRUPT when it is damaged, FILE_NOT_FOUND when there is none. */
  static async open(path: string): Promise<Segment> {
    const file = FileReader.open(path)
    try {
      const end = new Uint8Array(TRAILER_BYTES)
      if (file.size < end.length) throw damaged(path, 'it is too short')
      await file.readAt(end, file.size - end.length)
      const trailer = decodeTrailer(end, file.size, path)
      const meta = new Uint8Array(metaBytesOf(trailer))
      await file.readAt(meta, trailer.recordCount * POSTING_BYTES)
      return new Segment(file, trailer, decodeMeta(meta, trailer, path))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  get blockCount(): number {
    return this.#checksums.length
  }

  /** Adds the shard numbers of a key to `into`. STORE_CORRUPT for a damaged block. */
  find(key: Uint32Array, into: Set<number>): void {
    for (let block = this.#firstBlockOf(key); block < this.blockCount && !this.#beginsBehind(block, key); block++)
      if (!collect(this.readBlock(block, BLOCK), key, into)) return
  }

  /** Reads a block, checked, into `words`; gives the part that it fills. */
  readBlock(block: number, words: Uint32Array): Uint32Array {
    const filled = words.subarray(0, Math.min(BLOCK_RECORDS, this.recordCount - block * BLOCK_RECORDS) * POSTING_WORDS)
    const bytes = bytesOf(filled)
    if (this.#file.readAtSync(bytes, block * BLOCK_BYTES) < bytes.length)
      throw damaged(this.path, 'it has become shorter')
    if (crc32(bytes) !== this.#checksums[block])
      throw damaged(this.path, `its block ${block} does not match its checksum`)
    return filled
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** The last block that begins before the key: a key that fills blocks may begin at the end of it. */
  #firstBlockOf(key: Uint32Array): number {
    let low = 0
    let high = this.blockCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compareFence(middle, key) < 0) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  #beginsBehind(block: number, key: Uint32Array): boolean {
    return this.#compareFence(block, key) > 0
  }

  #compareFence(block: number, key: Uint32Array): number {
    return (
      (this.#fences[2 * block] as number) - (key[0] as number) ||
      (this.#fences[2 * block + 1] as number) - (key[1] as number)
    )
  }
}

/** Takes the numbers of a key from a block; says whether the key may go on in the next. */
function collect(postings: Uint32Array, key: Uint32Array, into: Set<number>): boolean {
  let low = 0
  let high = postings.length / POSTING_WORDS
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(postings, middle * POSTING_WORDS, key, 0) < 0) low = middle + 1
    else high = middle
  }
  let at = low * POSTING_WORDS
  for (; at < postings.length; at += POSTING_WORDS) {
    if (compareKeys(postings, at, key, 0) !== 0) return false
    into.add(postings[at + 3] as number)
  }
  return true
}
