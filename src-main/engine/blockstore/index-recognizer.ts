/**
 * Recognizes the index that a crashed Finalize left behind the sections, whole or torn. To a reader it looks like
 * sections, since `81 08` is also a length: so it is recognized by being exactly the index of what lies in front of it.
 */
import type { RandomAccessReader } from '../base/index.ts'
import { type CarLayout, INDEX_SORTED, MULTIHASH_INDEX_SORTED } from '../car/index.ts'
import type { BlockTable } from './block-table.ts'
import { indexOfTable } from './table-index.ts'

/** Longest prefix that is compared before an index is built. */
const HEAD_BYTES = 26
/** Building an index costs time; a file made to look like an index again and again gets no more than this. */
const MAX_BUILDS = 64

export class IndexRecognizer {
  readonly #reader: RandomAccessReader
  readonly #payloadOffset: number
  readonly #table: BlockTable
  #builds = 0

  constructor(reader: RandomAccessReader, car: { layout: CarLayout; table: BlockTable }) {
    this.#reader = reader
    this.#payloadOffset = car.layout.payloadOffset
    this.#table = car.table
  }

  /** Whether a section could be an index, going by its length, which lies in front of its CID. */
  mayStartAt(bytes: Uint8Array, cidStart: number): boolean {
    const first = bytes[cidStart - 2]
    return bytes[cidStart - 1] === 0x08 && (first === 0x81 || first === 0x80)
  }

  /** Whether the file ends, from a payload offset on, with the index of the sections in the table or a part of it. */
  async isIndexAt(offset: number): Promise<boolean> {
    const position = this.#payloadOffset + offset
    const rest = this.#reader.size - position
    const head = new Uint8Array(Math.min(HEAD_BYTES, rest))
    await this.#reader.readAt(head, position)
    if (!this.#looksLikeIndex(head) || this.#builds >= MAX_BUILDS) return false
    const codec = head[0] === 0x80 ? INDEX_SORTED : MULTIHASH_INDEX_SORTED
    for (const identity of [true, false]) {
      this.#builds++
      const index = await indexOfTable(this.#table, { codec, identity })
      try {
        if (rest <= index.byteLength && (await this.#startsWith(index.encode(), position, rest))) return true
      } finally {
        index.close()
      }
    }
    return false
  }

  /** Rules out nearly every section before an index is built. A torn index may be a single byte. */
  #looksLikeIndex(head: Uint8Array): boolean {
    if (head.length === 0 || (head[0] !== 0x80 && head[0] !== 0x81) || (head[1] ?? 0x08) !== 0x08) return false
    // Number of hash functions or of digest lengths, i32: few in any real file. A section has its CID here.
    return (head[3] ?? 0) === 0 && (head[4] ?? 0) === 0 && (head[5] ?? 0) === 0
  }

  async #startsWith(pieces: Iterable<Uint8Array>, position: number, length: number): Promise<boolean> {
    let done = 0
    for (const piece of pieces) {
      if (done >= length) break
      const wanted = piece.subarray(0, length - done)
      const actual = new Uint8Array(wanted.length)
      await this.#reader.readAt(actual, position + done)
      if (Buffer.compare(actual, wanted) !== 0) return false
      done += wanted.length
    }
    return true
  }
}
