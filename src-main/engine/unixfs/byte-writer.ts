import { writeVarint } from '../car/index.ts'

const FIRST_CAPACITY = 256
const utf8 = new TextEncoder()

/** Bytes that are appended to; grows by doubling. Positions and values are exact up to 2^53. */
export class ByteWriter {
  #buffer: Uint8Array
  #length = 0

  constructor(capacity = FIRST_CAPACITY) {
    this.#buffer = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.#length = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  varint(value: number): void {
    this.#reserve(10)
    this.#length = writeVarint(value, this.#buffer, this.#length)
  }

  bytes(source: Uint8Array): void {
    this.#reserve(source.length)
    this.#buffer.set(source, this.#length)
    this.#length += source.length
  }

  /** Returns the number of bytes written. */
  text(value: string): number {
    this.#reserve(value.length * 3)
    const { written } = utf8.encodeInto(value, this.#buffer.subarray(this.#length))
    this.#length += written
    return written
  }

  /** A view; valid until the next write. */
  view(start = 0, end = this.#length): Uint8Array {
    return this.#buffer.subarray(start, end)
  }

  copy(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    larger.set(this.view())
    this.#buffer = larger
  }
}
