import { type Clock, EngineError, EventStream } from '../base/index.ts'
import { DEAL_PROTOCOL_VERSION, type DealStatus, dealStatus } from '../net/index.ts'
import type { DealBook } from './deal-book.ts'
import type { ProviderDealRecord } from './deal-record.ts'

/** Progress is told to a waiting client this often at the most. */
const PROGRESS_INTERVAL_MS = 250

/** What clients are told of their deals, with a revision for each change so that they can wait for the next. */
export class RemoteStatuses {
  readonly #book: DealBook
  readonly #clock: Clock
  readonly #changes = new EventStream<string>()
  readonly #live = new Map<string, { revision: number; receivedBytes: number; toldAt: number }>()
  readonly #listening: { dispose(): void }
  /** Later than any revision of an earlier run of the program, so that a client notices that it has begun again. */
  readonly #firstRevision: number
  #closed = false

  constructor(book: DealBook, clock: Clock) {
    this.#book = book
    this.#clock = clock
    this.#firstRevision = clock.now()
    this.#listening = book.changes.listen((dealId) => {
      if (book.find(dealId)?.role === 'provider') this.#bump(dealId)
    })
  }

  /** Waiting clients get the state as it is. */
  close(): void {
    this.#closed = true
    this.#listening.dispose()
    for (const dealId of this.#live.keys()) this.#changes.publish(dealId)
  }

  forget(dealId: string): void {
    this.#live.delete(dealId)
    this.#changes.publish(dealId)
  }

  progress(dealId: string, receivedBytes: number): void {
    const live = this.#liveOf(dealId)
    live.receivedBytes = receivedBytes
    if (this.#clock.now() - live.toldAt >= PROGRESS_INTERVAL_MS) this.#bump(dealId)
  }

  of(dealId: string): DealStatus {
    const record = this.#book.get(dealId) as ProviderDealRecord
    const { revision, receivedBytes } = this.#liveOf(dealId)
    const complete = ['verifying', 'handing-off', 'active'].includes(record.state)
    return dealStatus.parse({
      version: DEAL_PROTOCOL_VERSION,
      dealId,
      state: record.state,
      message: record.message.slice(0, 1000),
      error: record.error === null ? null : { code: record.error.code, message: record.error.message.slice(0, 1000) },
      receivedBytes: complete ? record.carSize : receivedBytes,
      totalBytes: record.carSize,
      revision,
    })
  }

  /** The status once it differs from `knownRevision`, or after the wait. */
  async next(
    dealId: string,
    { knownRevision, waitMs, signal }: { knownRevision: number | null; waitMs: number; signal?: AbortSignal },
  ): Promise<DealStatus> {
    const controller = new AbortController()
    const giveUp = () => controller.abort(new EngineError('CANCELLED', 'Nobody waits any more.'))
    const timer = setTimeout(giveUp, waitMs)
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted === true) giveUp()
    try {
      while (!controller.signal.aborted && !this.#closed) {
        const status = this.of(dealId)
        if (status.revision !== knownRevision) return status
        await this.#changes.next((id) => id === dealId, controller.signal).catch(() => {})
      }
      return this.of(dealId)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

  #bump(dealId: string): void {
    const live = this.#liveOf(dealId)
    live.revision++
    live.toldAt = this.#clock.now()
    this.#changes.publish(dealId)
  }

  #liveOf(dealId: string): { revision: number; receivedBytes: number; toldAt: number } {
    const live = this.#live.get(dealId) ?? { revision: this.#firstRevision, receivedBytes: 0, toldAt: 0 }
    this.#live.set(dealId, live)
    return live
  }
}
