/** Multihashes with an offset each, packed so that a million of them can move between threads at no cost. */
export interface PackedMultihashes {
  count: number
  /** One behind the other. */
  multihashes: Uint8Array
  /** Where each ends. */
  ends: Uint32Array
  offsets: Float64Array
}

/** The buffers that can be moved instead of copied. */
export function buffersOf({ multihashes, ends, offsets }: PackedMultihashes): ArrayBuffer[] {
  return [multihashes.buffer, ends.buffer, offsets.buffer].filter((buffer) => buffer instanceof ArrayBuffer)
}

export class MultihashList {
  #count = 0
  #used = 0
  #multihashes = new Uint8Array(4096)
  #ends = new Uint32Array(128)
  #offsets = new Float64Array(128)

  get count(): number {
    return this.#count
  }

  add(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const length = end - start
    if (this.#count === this.#ends.length) this.#growCounts()
    if (this.#used + length > this.#multihashes.length) this.#growBytes(length)
    for (let i = 0; i < length; i++) this.#multihashes[this.#used + i] = bytes[start + i] as number
    this.#used += length
    this.#ends[this.#count] = this.#used
    this.#offsets[this.#count] = offset
    this.#count++
  }

  /** Hands over what was collected. */
  pack(): PackedMultihashes {
    return {
      count: this.#count,
      multihashes: this.#multihashes.slice(0, this.#used),
      ends: this.#ends.slice(0, this.#count),
      offsets: this.#offsets.slice(0, this.#count),
    }
  }

  #growCounts(): void {
    const ends = new Uint32Array(this.#ends.length * 2)
    ends.set(this.#ends)
    this.#ends = ends
    const offsets = new Float64Array(this.#offsets.length * 2)
    offsets.set(this.#offsets)
    this.#offsets = offsets
  }

  #growBytes(more: number): void {
    const larger = new Uint8Array(Math.max(this.#used + more, this.#multihashes.length * 2))
    larger.set(this.#multihashes)
    this.#multihashes = larger
  }
}
