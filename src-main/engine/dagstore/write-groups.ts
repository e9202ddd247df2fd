/**
 * Lets many writes share a trip to the store: while one group is on its way, the next collects. A trip costs much the
 * same for one write as for a hundred, so a group that follows one of several writes first lets everything that is
 * ready to run add to it. A write that comes alone goes at once.
 */
export class WriteGroups {
  readonly #write: () => Promise<void>
  #waiting = 0
  #next: Promise<void> | null = null
  #current: Promise<void> = Promise.resolve()
  #isBusy = false

  /** `write` takes with it everything that was collected until it is called. */
  constructor(write: () => Promise<void>) {
    this.#write = write
  }

  /** Resolves when what has been collected so far is written. */
  next(): Promise<void> {
    this.#waiting++
    this.#next ??= this.#writeNext()
    return this.#next
  }

  /** Resolves when everything collected so far is written or has failed. */
  async drained(): Promise<void> {
    while (this.#next !== null) await this.#next.catch(() => {})
    await this.#current.catch(() => {})
  }

  async #writeNext(): Promise<void> {
    await this.#current.catch(() => {})
    if (this.#isBusy) await new Promise((resolve) => setImmediate(resolve))
    this.#isBusy = this.#waiting > 1
    this.#waiting = 0
    this.#next = null
    this.#current = this.#write()
    await this.#current
  }
}
