import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'

/** Chance that comes out the same every time, so that two pictures of a screen can be compared. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  int(below: number): number {
    return Math.floor(this.next() * below)
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.int(values.length)] as Value
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(256))
  }

  rootCid(): string {
    return CID.createV1(0x70, create(0x12, this.bytes(32))).toString()
  }

  pieceCid(): string {
    return CID.createV1(0xf101, create(0x1012, this.bytes(32))).toString()
  }
}
