/**
 * Gathers the chunks of a stream so that whole sections lie in one piece. A block is never written over once it has
 * been given out, so views of it stay valid; with `reuse` only until more is needed, which spares the collector as many
 * bytes as the stream has.
 */
import { allocateBytes } from '../base/index.ts'

const BLOCK_BYTES = 1024 * 1024
const REUSED_BLOCK_BYTES = 4 * BLOCK_BYTES

export class StreamBuffer {
  readonly #source: AsyncIterator<Uint8Array>
  #block: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** Part of the last chunk that found no room. */
  #rest: Uint8Array = new Uint8Array(0)
  #isEnded = false
  /** Position in the stream of the first byte of `bytes`. */
  position = 0
  /** Whether whoever asks for more is done with what came before. */
  reuse = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** What has been read and not consumed. */
  get bytes(): Uint8Array {
    return this.#block.subarray(this.#start, this.#end)
  }

  /** Reads until `length` bytes are at hand, or the stream ends. */
  async need(length: number): Promise<void> {
    if (this.#end - this.#start >= length) return
    this.#makeRoom(length)
    while (this.#end - this.#start < length && !this.#isEnded) {
      if (this.#rest.length === 0) await this.#pull()
      const taken = this.#rest.subarray(0, this.#block.length - this.#end)
      this.#block.set(taken, this.#end)
      this.#end += taken.length
      this.#rest = this.#rest.subarray(taken.length)
    }
  }

  consume(length: number): void {
    this.#start += length
    this.position += length
  }

  /** Goes on to a position of the stream; stops early where the stream ends. */
  async skip(position: number): Promise<void> {
    while (this.position < position) {
      await this.need(1)
      const step = Math.min(position - this.position, this.#end - this.#start)
      if (step === 0) return
      this.consume(step)
    }
  }

  /** Ends the source, unless it has ended by itself. */
  async cancel(): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    await this.#source.return?.()
  }

  async #pull(): Promise<void> {
    const next = await this.#source.next()
    if (next.done === true) this.#isEnded = true
    else this.#rest = next.value
  }

  #makeRoom(length: number): void {
    if (this.#block.length - this.#start >= length) return
    const { bytes } = this
    const size = Math.max(this.reuse ? REUSED_BLOCK_BYTES : BLOCK_BYTES, length)
    const block = this.reuse && this.#block.length >= size ? this.#block : allocateBytes(size)
    block.set(bytes)
    this.#block = block
    this.#start = 0
    this.#end = bytes.length
  }
}
