import { type LeafFrame, leafFrame } from './encode-node.ts'

/**
 * How a run of file content is cut into leaves, and how their blocks lie one after another in a buffer, each between
 * the head and tail of its frame. Every part of a file but its last is a whole number of chunks.
 */
export class LeafLayout {
  readonly chunkSize: number
  readonly #raw: boolean
  readonly #full: LeafFrame

  constructor(chunkSize: number, raw: boolean) {
    this.chunkSize = chunkSize
    this.#raw = raw
    this.#full = leafFrame(raw, chunkSize)
  }

  /** Leaves in `length` bytes of content. An empty file has one leaf, of no bytes. */
  leafCount(length: number): number {
    return length === 0 ? 1 : Math.ceil(length / this.chunkSize)
  }

  /** Content bytes of leaf `index` of `length` bytes. */
  contentSize(length: number, index: number): number {
    return Math.min(this.chunkSize, length - index * this.chunkSize)
  }

  frame(contentSize: number): LeafFrame {
    return contentSize === this.chunkSize ? this.#full : leafFrame(this.#raw, contentSize)
  }

  /** Bytes of the block of a leaf. */
  blockLength(contentSize: number): number {
    const { head, tail } = this.frame(contentSize)
    return head.length + contentSize + tail.length
  }

  /** Where the block of leaf `index` begins. */
  blockStart(index: number): number {
    return index * this.blockLength(this.chunkSize)
  }

  /** Bytes of the blocks of `length` bytes of content. */
  totalLength(length: number): number {
    const last = this.leafCount(length) - 1
    return this.blockStart(last) + this.blockLength(this.contentSize(length, last))
  }

  /** The places in `blocks` that the content of leaves `from` up to `to` belongs in. */
  contentViews(blocks: Uint8Array, length: number, from: number, to: number): Uint8Array[] {
    if (this.#raw) return [blocks.subarray(from * this.chunkSize, Math.min(length, to * this.chunkSize))]
    const views: Uint8Array[] = []
    for (let index = from; index < to; index++) {
      const size = this.contentSize(length, index)
      const start = this.blockStart(index) + this.frame(size).head.length
      views.push(blocks.subarray(start, start + size))
    }
    return views
  }

  /** The block of leaf `index`, its frame written around the content. */
  seal(blocks: Uint8Array, length: number, index: number): Uint8Array {
    const size = this.contentSize(length, index)
    const start = this.blockStart(index)
    const block = blocks.subarray(start, start + this.blockLength(size))
    if (this.#raw) return block
    const { head, tail } = this.frame(size)
    block.set(head)
    block.set(tail, block.length - tail.length)
    return block
  }
}
