/** Bytes of a piece that were fetched, or are being fetched, together. */
export interface ReadAheadWindow {
  start: number
  bytes: Uint8Array
  /** Resolves when all bytes are there. */
  filled: Promise<void>
}

/** With windows of 4 MiB at the most, 24 MiB a reader. */
const MAX_WINDOWS = 6

/** The windows used last. One whose fetch fails is dropped, so that the next read tries again. */
export class WindowCache {
  /** Oldest use first. */
  #windows: ReadAheadWindow[] = []

  find(position: number): ReadAheadWindow | null {
    const at = this.#windows.findIndex(({ start, bytes }) => start <= position && position < start + bytes.length)
    const window = this.#windows[at]
    if (window === undefined) return null
    this.#windows.splice(at, 1)
    this.#windows.push(window)
    return window
  }

  add(window: ReadAheadWindow): ReadAheadWindow {
    this.#windows.push(window)
    if (this.#windows.length > MAX_WINDOWS) this.#windows.shift()
    window.filled.catch(() => {
      this.#windows = this.#windows.filter((kept) => kept !== window)
    })
    return window
  }

  clear(): void {
    this.#windows = []
  }
}
