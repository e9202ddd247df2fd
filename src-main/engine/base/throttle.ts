import { throwIfAborted } from './engine-error.ts'

interface Waiter {
  start(): void
}

/** At most `limit` tasks at once; 0 means no limit. The limit may be changed while tasks run and takes effect at once. */
export class Throttle {
  #limit: number
  #running = 0
  /** In the order of their coming. A set, since a hundred thousand may wait, and each may leave. */
  readonly #waiting = new Set<Waiter>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get limit(): number {
    return this.#limit
  }

  set limit(value: number) {
    this.#limit = value
    this.#startWaiting()
  }

  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    throwIfAborted(signal)
    await this.#enter(signal)
    try {
      return await task()
    } finally {
      this.#running--
      this.#startWaiting()
    }
  }

  #hasRoom(): boolean {
    return this.#limit === 0 || this.#running < this.#limit
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.#hasRoom()) {
      this.#running++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiter)
        try {
          throwIfAborted(signal)
        } catch (error) {
          reject(error)
        }
      }
      const waiter: Waiter = {
        start: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      this.#waiting.add(waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  #startWaiting(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom()) return
      this.#waiting.delete(waiter)
      this.#running++
      waiter.start()
    }
  }
}
