/**
 * A view of memory that is made again only when it is another: whoever reads many blocks of one length into the same
 * memory needs the same two views each time, and making one takes as long as finding the block.
 */
export class LastView {
  #of: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  #view: Uint8Array = this.#of

  /** `bytes.subarray(start, end)`. */
  get(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (bytes === this.#of && start === this.#start && end === this.#end) return this.#view
    this.#of = bytes
    this.#start = start
    this.#end = end
    this.#view = bytes.subarray(start, end)
    return this.#view
  }
}
