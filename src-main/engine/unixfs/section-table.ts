import { CID } from 'multiformats/cid'
import { sectionSize } from '../car/index.ts'
import { ByteWriter } from './byte-writer.ts'

const FIRST_CAPACITY = 1024

/** The sections of a CAR in order, in typed arrays: about 50 bytes for each block. */
export class SectionTable {
  readonly #cids = new ByteWriter(FIRST_CAPACITY * 36)
  /** Where the CID of section i begins in #cids; one more than there are sections. */
  #cidStarts = new Float64Array(FIRST_CAPACITY)
  /** Where section i begins in the CAR; one more than there are sections. */
  #starts = new Float64Array(FIRST_CAPACITY)
  #count = 0

  /** `start` is where the first section begins. */
  constructor(start: number) {
    this.#starts[0] = start
  }

  get count(): number {
    return this.#count
  }

  /** Where the last section ends. */
  get end(): number {
    return this.#starts[this.#count] ?? 0
  }

  add(cid: Uint8Array, dataLength: number): void {
    if (this.#count + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts)
      this.#cidStarts = grown(this.#cidStarts)
    }
    this.#cids.bytes(cid)
    this.#count++
    this.#cidStarts[this.#count] = this.#cids.length
    this.#starts[this.#count] = (this.#starts[this.#count - 1] ?? 0) + sectionSize(cid.length, dataLength)
  }

  start(index: number): number {
    return this.#starts[index] ?? 0
  }

  cid(index: number): CID {
    return CID.decode(this.#cids.view(this.#cidStarts[index], this.#cidStarts[index + 1]).slice())
  }

  /** The section that holds `position`, which must not lie before the first or behind the last. */
  at(position: number): number {
    let low = 0
    let high = this.#count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#starts[middle] ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}
