import { EngineError } from '../base/index.ts'

/**
 * What is under way for deals or retrievals: one thing at a time for each, started after the one before has ended.
 * `abort` ends it; `close` ends all without telling anybody, so that records stay as they are and can be resumed.
 */
export class KeyedWork {
  readonly #running = new Map<string, { controller: AbortController; ended: Promise<void> }>()
  readonly #detached = new Set<Promise<void>>()
  #closed = false

  /** Starts `work`; its failure goes to `failed`, unless it was aborted. */
  start(id: string, work: (signal: AbortSignal) => Promise<void>, failed: (error: EngineError) => void): void {
    if (this.#closed) return
    const before = this.#running.get(id)
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
    this.#running.set(id, entry)
    void entry.ended.then(() => {
      if (this.#running.get(id) === entry) this.#running.delete(id)
    })
  }

  abort(id: string): void {
    this.#running.get(id)?.controller.abort(new EngineError('CANCELLED', 'It was ended.'))
  }

  /** Resolves when nothing is under way for an id. */
  async settled(id: string): Promise<void> {
    for (let entry = this.#running.get(id); entry !== undefined; entry = this.#running.get(id)) {
      await entry.ended
      if (this.#running.get(id) === entry) this.#running.delete(id)
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
