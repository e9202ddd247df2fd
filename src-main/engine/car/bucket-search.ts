/**
 * Finds a digest in a sorted bucket without loading it. The bucket is seen as blocks of about 4 KiB; the first digests
 * of the blocks that a search has touched are remembered (8 bytes for each block), so a search in a bucket of ten
 * million records takes ten reads at first and one read later.
 */
import type { IndexBucket } from './index-buckets.ts'
import { readU64 } from './u64.ts'

/** A search asks for bytes by yielding, so that one algorithm serves synchronous and asynchronous readers. */
export type ByteRequest = { position: number; length: number }
export type Search = Generator<ByteRequest, number[], Uint8Array>

const BLOCK_BYTES = 4096
/** Records with one digest that are given at most: a hostile index may repeat one without end. */
const MAX_MATCHES = 65_536
const UNKNOWN = -1
const NO_GUESS = -1
const PREFIX_BYTES = 6
const PREFIX_RANGE = 2 ** (8 * PREFIX_BYTES)

export class BucketSearch {
  readonly bucket: Readonly<IndexBucket>
  readonly #recordsPerBlock: number
  readonly #blockCount: number
  /** First six bytes of the first digest of each block, as a number; UNKNOWN until read. */
  #firsts: Float64Array | null = null

  constructor(bucket: IndexBucket) {
    this.bucket = bucket
    this.#recordsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / bucket.width))
    this.#blockCount = Math.ceil(bucket.count / this.#recordsPerBlock)
  }

  /** Offsets of the records with exactly this digest, in index order. */
  *find(digest: Uint8Array): Search {
    if (this.bucket.count === 0) return []
    const notBelow = yield* this.#firstBlockNotBelow(digest)
    const found: number[] = []
    for (let block = Math.max(0, notBelow - 1); block < this.#blockCount; block++) {
      const bytes = yield this.#block(block)
      const mayGoOn = this.#collect(bytes, digest, found)
      if (!mayGoOn || found.length >= MAX_MATCHES) break
    }
    return found
  }

  /** The first block whose first digest is not below `digest`; the number of blocks when there is none. */
  *#firstBlockNotBelow(digest: Uint8Array): Generator<ByteRequest, number, Uint8Array> {
    const firsts = this.#remembered()
    const prefix = prefixOf(digest, 0, digest.length)
    let [guess, otherGuess] = this.#guesses(prefix)
    let low = 0
    let high = this.#blockCount
    while (low < high) {
      let probe = (low + high) >>> 1
      if (guess > low && guess < high) probe = guess
      guess = otherGuess
      otherGuess = NO_GUESS
      const first = firsts[probe] as number
      const isBelow =
        first !== UNKNOWN && first !== prefix ? first < prefix : yield* this.#isBelow(probe, digest, firsts)
      if (isBelow) low = probe + 1
      else high = probe
    }
    return low
  }

  /** Digests are spread evenly, so their place can be guessed: two probes that enclose it nearly always. */
  #guesses(prefix: number): [number, number] {
    if (this.#blockCount < 256) return [NO_GUESS, NO_GUESS]
    const expected = (prefix / PREFIX_RANGE) * this.#blockCount
    const spread = (1.5 * Math.sqrt(this.bucket.count)) / this.#recordsPerBlock + 1
    return [Math.floor(expected - spread), Math.ceil(expected + spread)]
  }

  /** Whether the first digest of a block, which is read, sorts before `digest`. */
  *#isBelow(block: number, digest: Uint8Array, firsts: Float64Array): Generator<ByteRequest, boolean, Uint8Array> {
    const { position, width, digestLength } = this.bucket
    const first = yield { position: position + block * this.#recordsPerBlock * width, length: digestLength }
    firsts[block] = prefixOf(first, 0, digestLength)
    return compareAt(first, 0, digest) < 0
  }

  #remembered(): Float64Array {
    this.#firsts ??= new Float64Array(this.#blockCount).fill(UNKNOWN)
    return this.#firsts
  }

  #block(block: number): ByteRequest {
    const { position, width, count } = this.bucket
    const first = block * this.#recordsPerBlock
    return {
      position: position + first * width,
      length: Math.min(this.#recordsPerBlock, count - first) * width,
    }
  }

  /** Adds the matches in a block; false when no later block can hold one. */
  #collect(bytes: Uint8Array, digest: Uint8Array, into: number[]): boolean {
    const { width, digestLength } = this.bucket
    let low = 0
    let high = bytes.length / width
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareAt(bytes, middle * width, digest) < 0) low = middle + 1
      else high = middle
    }
    for (let at = low * width; at < bytes.length; at += width) {
      if (compareAt(bytes, at, digest) !== 0) return false
      const offset = readU64(bytes, at + digestLength)
      if (offset <= Number.MAX_SAFE_INTEGER) into.push(offset) // a larger one points nowhere
    }
    return true
  }
}

function prefixOf(bytes: Uint8Array, start: number, length: number): number {
  let value = 0
  for (let i = 0; i < PREFIX_BYTES; i++) value = value * 256 + (i < length ? (bytes[start + i] as number) : 0)
  return value
}

/** Compares the bytes at `at` with `digest`, over its length. */
function compareAt(bytes: Uint8Array, at: number, digest: Uint8Array): number {
  for (let i = 0; i < digest.length; i++) {
    const difference = (bytes[at + i] as number) - (digest[i] as number)
    if (difference !== 0) return difference
  }
  return 0
}
