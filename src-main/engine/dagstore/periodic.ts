import type { Clock } from '../base/index.ts'

const LONGEST_SLEEP_MS = 2 ** 31 - 1

/** Does something again and again, one time after another, until it is closed. What fails is tried the next time. */
export class Periodic {
  readonly #clock: Clock
  readonly #work: () => Promise<void>
  #intervalMs: number
  #woken = new AbortController()
  #ended: Promise<void> | null = null
  #closed = false

  /** An interval of 0 means never. `work` reports its failures itself. */
  constructor(clock: Clock, intervalMs: number, work: () => Promise<void>) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#work = work
  }

  /** Takes effect at once. */
  set intervalMs(value: number) {
    this.#intervalMs = value
    this.#woken.abort()
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#woken.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      if ((await this.#sleep()) && !this.#closed) await this.#work().catch(() => {})
    }
  }

  /** false when woken early: the interval has changed, or it is the end. */
  #sleep(): Promise<boolean> {
    this.#woken = new AbortController()
    const sleepMs = this.#intervalMs === 0 ? LONGEST_SLEEP_MS : Math.min(this.#intervalMs, LONGEST_SLEEP_MS)
    return this.#clock.sleep(sleepMs, this.#woken.signal).then(
      () => this.#intervalMs > 0,
      () => false,
    )
  }
}
