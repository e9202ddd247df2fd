import { EngineError, Throttle, throwIfAborted } from '../base/index.ts'

/**
 * Work over many shards that nobody waits for: it can be paused, is limited in how much of it runs at once, and ends
 * when the dagstore closes.
 */
export class BulkWork {
  readonly #controller = new AbortController()
  readonly #throttle = new Throttle(32)
  #gate: { opened: Promise<void>; open(): void } | null = null

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get paused(): boolean {
    return this.#gate !== null
  }

  pause(): void {
    if (this.#gate !== null) return
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#gate = { opened, open }
  }

  resume(): void {
    this.#gate?.open()
    this.#gate = null
  }

  /** Ends everything; what waits at the gate is let go. */
  close(): void {
    this.#controller.abort(new EngineError('CLOSED', 'The dagstore is closed.'))
    this.resume()
  }

  /** Resolves when not paused. CLOSED after `close`. */
  async mayGoOn(): Promise<void> {
    while (this.#gate !== null) await this.#gate.opened
    throwIfAborted(this.signal)
  }

  /** Runs `work` on every item, at most `atOnce` at a time. One that fails does not keep the others from running. */
  async forEach<Item>(
    items: Iterable<Item>,
    atOnce: number,
    work: (item: Item, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const iterator = items[Symbol.iterator]()
    const worker = async () => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        await this.mayGoOn()
        const item = next.value
        await this.#throttle.run(() => work(item, this.signal).catch(() => {}), this.signal)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
}
