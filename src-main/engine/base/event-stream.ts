import { type Disposable, disposable } from './disposable.ts'

/**
 * A source of events with any number of listeners. Publishing never waits for a listener, so an unread subscription
 * cannot stall the publisher (Go's dagstore stalls on an unserviced trace channel).
 */
export class EventStream<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  publish(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  listen(listener: (event: Event) => void): Disposable {
    this.#listeners.add(listener)
    return disposable(() => this.#listeners.delete(listener))
  }

  /** Events from now on, until `signal` is aborted or the consumer stops. Buffers what is not read yet. */
  async *subscribe(signal?: AbortSignal): AsyncGenerator<Event, void, void> {
    const queue: Event[] = []
    let wake: (() => void) | undefined
    const onAbort = () => wake?.()
    const subscription = this.listen((event) => {
      queue.push(event)
      wake?.()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      while (signal?.aborted !== true) {
        const event = queue.shift()
        if (event !== undefined) yield event
        else
          await new Promise<void>((resolve) => {
            wake = resolve
            if (queue.length > 0 || signal?.aborted === true) resolve()
          })
      }
    } finally {
      subscription.dispose()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Resolves with the first event that `accept` takes. */
  next(accept: (event: Event) => boolean = () => true, signal?: AbortSignal): Promise<Event> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        subscription.dispose()
        reject(signal?.reason)
      }
      const subscription = this.listen((event) => {
        if (!accept(event)) return
        subscription.dispose()
        signal?.removeEventListener('abort', onAbort)
        resolve(event)
      })
      if (signal?.aborted === true) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}
