import { EngineError } from '../base/index.ts'

/**
 * What is under way for deals: one thing at a time for each deal, started after the one before has ended. `abort` ends
 * it; `close` ends all without telling anybody, so that records stay as they are and can be resumed.
 */
export class DealWork {
  readonly #running = new Map<string, { controller: AbortController; ended: Promise<void> }>()
  readonly #detached = new Set<Promise<void>>()
  #closed = false

  /** Starts `work`; its failure goes to `failed`, unless it was aborted. */
  start(dealId: string, work: (signal: AbortSignal) => Promise<void>, failed: (error: EngineError) => void): void {
    if (this.#closed) return
    const before = this.#running.get(dealId)
    const controller = new AbortController()
    const run = async () => {
      await before?.ended
      if (controller.signal.aborted) return
      try {
        await work(controller.signal)
      } catch (error) {
        if (!controller.signal.aborted) failed(EngineError.from(error))
      }
    }
    const entry = { controller, ended: run() }
    this.#running.set(dealId, entry)
    void entry.ended.then(() => {
      if (this.#running.get(dealId) === entry) this.#running.delete(dealId)
    })
  }

  abort(dealId: string): void {
    this.#running.get(dealId)?.controller.abort(new EngineError('CANCELLED', 'The deal was ended.'))
  }

  /** Resolves when nothing is under way for a deal. */
  async settled(dealId: string): Promise<void> {
    for (let entry = this.#running.get(dealId); entry !== undefined; entry = this.#running.get(dealId)) {
      await entry.ended
      if (this.#running.get(dealId) === entry) this.#running.delete(dealId)
    }
  }

  /** Work that nobody waits for but `close`. */
  detached(work: () => Promise<void>): void {
    if (this.#closed) return
    const running = work()
      .catch(() => {})
      .finally(() => this.#detached.delete(running))
    this.#detached.add(running)
  }

  async close(): Promise<void> {
    this.#closed = true
    const closed = new EngineError('CLOSED', 'Carport is quitting.')
    for (const { controller } of this.#running.values()) controller.abort(closed)
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
    await Promise.all(this.#detached)
  }
}
