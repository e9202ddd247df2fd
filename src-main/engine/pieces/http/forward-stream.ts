import type { StallTimer } from './piece-request.ts'

/** A body that can only be read from its start on, at positions that only go forward. */
export class ForwardStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #stall: StallTimer
  #rest: Uint8Array = new Uint8Array(0)
  #position = 0

  /** `stall` runs while bytes are waited for. */
  constructor(body: ReadableStream<Uint8Array>, stall: StallTimer) {
    this.#reader = body.getReader()
    this.#stall = stall
    stall.stop()
  }

  get position(): number {
    return this.#position
  }

  /** Skips to `position` and fills `into`; fewer bytes only where the body ends. */
  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      if (this.#rest.length === 0 && !(await this.#receive())) break
      const skip = Math.min(this.#rest.length, position - this.#position)
      if (skip > 0) {
        this.#take(skip)
        continue
      }
      const part = this.#take(Math.min(this.#rest.length, into.length - done))
      into.set(part, done)
      done += part.length
      position += part.length
    }
    return done
  }

  async cancel(): Promise<void> {
    this.#stall.stop()
    await this.#reader.cancel().catch(() => {})
  }

  #take(length: number): Uint8Array {
    const part = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    this.#position += length
    return part
  }

  async #receive(): Promise<boolean> {
    this.#stall.start()
    const { value, done } = await this.#reader.read().finally(() => this.#stall.stop())
    if (done || value === undefined) return false
    this.#rest = value
    return true
  }
}
