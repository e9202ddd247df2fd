import type { Store, StoreOperation } from '../store/index.ts'
import { WriteGroups } from './write-groups.ts'

/**
 * Rows of a store that need not be durable before something else is: they wait, and go with the next batch that is.
 * Batches follow one another, each with everything that was given until it began.
 */
export class DeferredRows {
  readonly #store: Store
  readonly #groups = new WriteGroups(() => this.#save())
  #waiting: StoreOperation[] = []
  #asked: StoreOperation[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** To be written with the next batch; again with the one after it, should that fail. */
  add(...operations: StoreOperation[]): void {
    for (const operation of operations) this.#waiting.push(operation)
  }

  /** Writes what waits, then these. Resolves when all is durable; after a failure these are not tried again. */
  write(operations: StoreOperation[] = []): Promise<void> {
    for (const operation of operations) this.#asked.push(operation)
    return this.#groups.next()
  }

  async #save(): Promise<void> {
    const waiting = this.#waiting
    const asked = this.#asked
    this.#waiting = []
    this.#asked = []
    if (waiting.length + asked.length === 0) return
    try {
      await this.#store.batch(waiting.length === 0 ? asked : [...waiting, ...asked])
    } catch (error) {
      this.#waiting = [...waiting, ...this.#waiting]
      throw error
    }
  }
}
