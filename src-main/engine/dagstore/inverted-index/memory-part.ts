import type { IndexRecords } from '../../car/index.ts'
import { POSTING_WORDS, type PostingSecret, writePostings } from './posting-key.ts'

const FIRST_CAPACITY = 4096

/**
 * Postings that are in no segment yet, found at once: an open-addressing table over one array, which holds for each
 * key its newest posting, and a link from each posting to the one before it of the same key. A block that is in every
 * shard costs no more than another.
 */
export class MemoryPart {
  /** Postings it may hold; its arrays grow up to that. */
  readonly limit: number
  readonly #secret: PostingSecret
  #count = 0
  /** Shared, so that a worker can read what is still looked up here. */
  #postings: Uint32Array<SharedArrayBuffer>
  /** For each posting, one more than the posting before it of the same key; 0 where there is none. */
  #before: Uint32Array
  /** One more than a posting; 0 for an empty place. At most half of them are taken. */
  #table: Uint32Array

  constructor(secret: PostingSecret, limit: number) {
    this.limit = limit
    this.#secret = secret
    const capacity = Math.min(limit, FIRST_CAPACITY)
    this.#postings = sharedWords(capacity * POSTING_WORDS)
    this.#before = new Uint32Array(capacity)
    this.#table = new Uint32Array(tableSizeFor(capacity))
  }

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === this.limit
  }

  /** All postings, as they were added. The array does not change as long as nothing is added. */
  get postings(): Uint32Array<SharedArrayBuffer> {
    return this.#postings.subarray(0, this.#count * POSTING_WORDS)
  }

  /** Takes records from the one at `first` on, as many as fit; returns how many. */
  add(records: IndexRecords, first: number, shardNumber: number): number {
    const count = Math.min(records.count - first, this.limit - this.#count)
    this.#makeRoom(this.#count + count)
    writePostings(records, { first, count }, shardNumber, this.#secret, this.#postings, this.#count * POSTING_WORDS)
    const end = this.#count + count
    for (let posting = this.#count; posting < end; posting++) this.#enter(posting)
    this.#count = end
    return count
  }

  /** Adds the shard numbers of a key to `into`. */
  find(key: Uint32Array, into: Set<number>): void {
    const place = this.#placeOf(key[0] as number, key[1] as number, key[2] as number)
    for (let link = this.#table[place] as number; link > 0; link = this.#before[link - 1] as number)
      into.add(this.#postings[(link - 1) * POSTING_WORDS + 3] as number)
  }

  #enter(posting: number): void {
    const at = posting * POSTING_WORDS
    const words = this.#postings
    const place = this.#placeOf(words[at] as number, words[at + 1] as number, words[at + 2] as number)
    this.#before[posting] = this.#table[place] as number
    this.#table[place] = posting + 1
  }

  /** Where in the table the key is, or would be. */
  #placeOf(k0: number, k1: number, k2: number): number {
    const table = this.#table
    const words = this.#postings
    const mask = table.length - 1
    let place = k2 & mask
    for (let link = table[place] as number; link > 0; link = table[place] as number) {
      const at = (link - 1) * POSTING_WORDS
      if (words[at] === k0 && words[at + 1] === k1 && words[at + 2] === k2) break
      place = (place + 1) & mask
    }
    return place
  }

  #makeRoom(count: number): void {
    let capacity = this.#before.length
    if (count <= capacity) return
    while (capacity < count) capacity = Math.min(this.limit, capacity * 2)
    const postings = sharedWords(capacity * POSTING_WORDS)
    postings.set(this.postings)
    this.#postings = postings
    this.#before = new Uint32Array(capacity)
    this.#table = new Uint32Array(tableSizeFor(capacity))
    for (let posting = 0; posting < this.#count; posting++) this.#enter(posting)
  }
}

function tableSizeFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2))
}

function sharedWords(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(length * 4))
}
