/** Lets the event loop go round once: messages, timers and requests of others get their turn in the middle of long work. */
export function othersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Lets others have their turn after each so many bytes. Bytes that are there already can be worked on without end
 * otherwise: waiting for them takes no time, and so gives no turn to anybody.
 */
export class FairShare {
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Call when so many bytes have been worked on; wait for what it gives. */
  took(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes
    if (this.#bytes < this.#mostBytes) return undefined
    this.#bytes = 0
    return othersRun()
  }
}
