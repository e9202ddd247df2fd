import { type Disposable, disposable } from './disposable.ts'
import { EngineError } from './engine-error.ts'

export interface SubscribeOptions<Event> {
  /** Events that wait to be read, at most; a subscriber with more is ended. Default 10,000. */
  limit?: number
  /** Whether an event says all that the one before it says, so that it can take its place while both wait. */
  replaces?(newer: Event, older: Event): boolean
}

const MOST_UNREAD = 10_000

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

  /**
   * Events from now on, until `signal` is aborted or the consumer stops. What is not read yet is kept, up to a limit:
   * a consumer that stays behind gets what was kept and then fails with TOO_SLOW, so that it knows that some are missing.
   */
  async *subscribe(
    signal?: AbortSignal,
    { limit = MOST_UNREAD, replaces = () => false }: SubscribeOptions<Event> = {},
  ): AsyncGenerator<Event, void, void> {
    let unread: Event[] = []
    let lost = false
    let wake: (() => void) | undefined
    const onAbort = () => wake?.()
    const subscription = this.listen((event) => {
      const last = unread.at(-1)
      if (last !== undefined && replaces(event, last)) unread[unread.length - 1] = event
      else if (unread.length < limit) unread.push(event)
      else {
        lost = true
        subscription.dispose()
      }
      wake?.()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      while (signal?.aborted !== true) {
        const events = unread
        unread = []
        for (const event of events) {
          yield event
          if (signal?.aborted) return
        }
        if (unread.length > 0) continue
        if (lost) throw tooSlow(limit)
        await new Promise<void>((resolve) => {
          wake = resolve
          if (signal?.aborted === true) resolve()
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

function tooSlow(limit: number): EngineError {
  return new EngineError(
    'TOO_SLOW',
    `More than ${limit} events came before you read them, and some were left out. Subscribe again.`,
  )
}
