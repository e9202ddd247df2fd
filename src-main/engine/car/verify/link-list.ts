/** Links found in a range of a CAR, packed so that a million of them can move between threads at no cost. */
export interface PackedLinks {
  count: number
  /** Multihashes, one behind the other. */
  multihashes: Uint8Array
  /** Where each ends. */
  ends: Uint32Array
  /** Payload offset of the section that holds the link. */
  sources: Float64Array
}

export class LinkList {
  #count = 0
  #used = 0
  #multihashes = new Uint8Array(4096)
  #ends = new Uint32Array(128)
  #sources = new Float64Array(128)

  add(bytes: Uint8Array, start: number, end: number, source: number): void {
    const length = end - start
    if (this.#count === this.#ends.length) this.#growCounts()
    if (this.#used + length > this.#multihashes.length) this.#growBytes(length)
    for (let i = 0; i < length; i++) this.#multihashes[this.#used + i] = bytes[start + i] as number
    this.#used += length
    this.#ends[this.#count] = this.#used
    this.#sources[this.#count] = source
    this.#count++
  }

  /** Hands over what was collected. */
  pack(): PackedLinks {
    return {
      count: this.#count,
      multihashes: this.#multihashes.slice(0, this.#used),
      ends: this.#ends.slice(0, this.#count),
      sources: this.#sources.slice(0, this.#count),
    }
  }

  #growCounts(): void {
    const ends = new Uint32Array(this.#ends.length * 2)
    ends.set(this.#ends)
    this.#ends = ends
    const sources = new Float64Array(this.#sources.length * 2)
    sources.set(this.#sources)
    this.#sources = sources
  }

  #growBytes(more: number): void {
    const larger = new Uint8Array(Math.max(this.#used + more, this.#multihashes.length * 2))
    larger.set(this.#multihashes)
    this.#multihashes = larger
  }
}
