import { EngineError, type RandomAccessReader, throwIfAborted, whileNotAborted } from '../../base/index.ts'
import { type ReadAheadWindow, WindowCache } from './window-cache.ts'

/** Where ranges come from. */
export interface RangeSource {
  /** Fills `into` from `position`, whole. */
  fill(into: Uint8Array, position: number, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** 128 x 1016 bytes, the buffer of Lotus' piece reader: what a lone read fetches at the least. */
const MIN_WINDOW_BYTES = 130_048
const MAX_WINDOW_BYTES = 4 * 1024 * 1024
/** A read that begins this close behind the last counts as going on from it. */
const NEAR_BYTES = 1024 * 1024

/**
 * A piece behind HTTP, read at any position by Range requests. Small reads fetch a window and are answered from it;
 * windows grow while reads go forward, and the next one is then fetched ahead. Reads of a whole window and more go
 * straight into the caller's buffer.
 */
export class HttpPieceReader implements RandomAccessReader {
  readonly size: number
  readonly #ranges: RangeSource
  readonly #windows = new WindowCache()
  readonly #closing = new AbortController()
  #windowBytes = MIN_WINDOW_BYTES
  /** Where the last read ended. */
  #last = 0
  /** Whether the last read went on from the one before. */
  #isForward = false

  constructor(size: number, ranges: RangeSource) {
    this.size = size
    this.#ranges = ranges
  }

  async readAt(into: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    if (this.#closing.signal.aborted) throw new EngineError('CLOSED', 'The piece has been closed.')
    throwIfAborted(signal)
    const wanted = into.subarray(0, Math.max(0, Math.min(into.length, this.size - position)))
    this.#adapt(position, wanted.length)
    let done = 0
    while (done < wanted.length) done += await this.#readPart(wanted.subarray(done), position + done, signal)
    return done
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#windows.clear()
    await this.#ranges.close()
  }

  async #readPart(into: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<number> {
    const window = this.#windows.find(position)
    if (window === null && into.length >= this.#windowBytes) {
      await this.#ranges.fill(into, position, this.#anyOf(signal))
      return into.length
    }
    const found = window ?? this.#openWindow(position)
    await whileNotAborted(found.filled, signal)
    const part = found.bytes.subarray(position - found.start).subarray(0, into.length)
    into.set(part)
    if (this.#isForward) this.#readAhead(found.start + found.bytes.length)
    return part.length
  }

  /** A jump out of what is at hand starts with a small window again. */
  #adapt(position: number, length: number): void {
    this.#isForward = position > 0 && position >= this.#last && position - this.#last <= NEAR_BYTES
    if (!this.#isForward && this.#windows.find(position) === null) this.#windowBytes = MIN_WINDOW_BYTES
    this.#last = position + length
  }

  #grow(): void {
    this.#windowBytes = Math.min(MAX_WINDOW_BYTES, this.#windowBytes * 2)
  }

  #readAhead(position: number): void {
    if (position >= this.size || this.#windows.find(position) !== null) return
    this.#grow()
    this.#openWindow(position)
  }

  /** A window is shared by the reads that wait for it, so only closing ends its fetch. */
  #openWindow(position: number): ReadAheadWindow {
    const bytes = new Uint8Array(Math.min(this.#windowBytes, this.size - position))
    const filled = this.#ranges.fill(bytes, position, this.#closing.signal)
    return this.#windows.add({ start: position, bytes, filled })
  }

  #anyOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
  }
}
