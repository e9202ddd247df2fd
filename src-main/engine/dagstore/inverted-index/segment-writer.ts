import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { fromErrno, isErrnoException, renameDurably, temporaryPathFor } from '../../base/index.ts'
import { POSTING_WORDS, type PostingSecret } from './posting-key.ts'
import { BLOCK_BYTES, BLOCK_RECORDS, bytesOf, encodeMeta, encodeTrailer } from './segment-format.ts'

/** How many postings each shard number has; numbers ascending. */
export interface PostingCounts {
  numbers: Uint32Array
  counts: Uint32Array
}

const BLOCK_WORDS = BLOCK_RECORDS * POSTING_WORDS
const BUFFERED_BLOCKS = 256

/** Writes a segment from postings in their order, in a worker. The file has its name once it is whole and durable. */
export class SegmentWriter {
  readonly #path: string
  readonly #temporaryPath: string
  readonly #secret: PostingSecret
  readonly #fd: number
  readonly #buffer = new Uint32Array(BUFFERED_BLOCKS * BLOCK_WORDS)
  #bufferedWords = 0
  #recordCount = 0
  #fences = new Uint32Array(1024)
  #checksums = new Uint32Array(512)
  #blockCount = 0
  #isOpen = true

  constructor(path: string, secret: PostingSecret) {
    this.#path = path
    this.#temporaryPath = temporaryPathFor(path)
    this.#secret = secret
    this.#fd = this.#tried(() => openSync(this.#temporaryPath, 'wx'))
  }

  /** Postings that follow those before in the order of their keys. */
  append(postings: Uint32Array): void {
    for (let done = 0; done < postings.length; ) {
      const words = Math.min(postings.length - done, this.#buffer.length - this.#bufferedWords)
      this.#buffer.set(postings.subarray(done, done + words), this.#bufferedWords)
      this.#bufferedWords += words
      done += words
      if (this.#bufferedWords === this.#buffer.length) this.#flush()
    }
  }

  /** One posting, from word `at` of `postings`. */
  push(postings: Uint32Array, at: number): void {
    const buffer = this.#buffer
    const to = this.#bufferedWords
    buffer[to] = postings[at] as number
    buffer[to + 1] = postings[at + 1] as number
    buffer[to + 2] = postings[at + 2] as number
    buffer[to + 3] = postings[at + 3] as number
    this.#bufferedWords = to + POSTING_WORDS
    if (this.#bufferedWords === buffer.length) this.#flush()
  }

  /** Makes the file durable and gives it its name. */
  async finish({ numbers, counts }: PostingCounts): Promise<void> {
    this.#flush()
    const blockCount = this.#blockCount
    const fences = this.#fences.subarray(0, 2 * blockCount)
    const meta = encodeMeta({ fences, checksums: this.#checksums.subarray(0, blockCount), numbers, counts })
    const trailer = { recordCount: this.#recordCount, blockCount, numberCount: numbers.length, secret: this.#secret }
    this.#write(meta)
    this.#write(encodeTrailer({ ...trailer, metaChecksum: crc32(meta) }))
    this.#tried(() => fsyncSync(this.#fd))
    this.#close()
    await renameDurably(this.#temporaryPath, this.#path)
  }

  discard(): void {
    this.#close()
    rmSync(this.#temporaryPath, { force: true })
  }

  #flush(): void {
    const bytes = bytesOf(this.#buffer.subarray(0, this.#bufferedWords))
    for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
      const word = from / 4
      this.#addBlock(word, crc32(bytes.subarray(from, from + BLOCK_BYTES)))
    }
    this.#write(bytes)
    this.#recordCount += this.#bufferedWords / POSTING_WORDS
    this.#bufferedWords = 0
  }

  #addBlock(word: number, checksum: number): void {
    const block = this.#blockCount++
    if (block === this.#checksums.length) {
      this.#checksums = twice(this.#checksums)
      this.#fences = twice(this.#fences)
    }
    this.#fences[2 * block] = this.#buffer[word] as number
    this.#fences[2 * block + 1] = this.#buffer[word + 1] as number
    this.#checksums[block] = checksum
  }

  #write(bytes: Uint8Array): void {
    this.#tried(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done, bytes.length - done)
    })
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
  }

  #tried<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw isErrnoException(error) ? fromErrno(error, this.#path) : error
    }
  }
}

function twice(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(words.length * 2)
  copy.set(words)
  return copy
}
