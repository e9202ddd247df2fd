import type { Store, StoreOperation } from '../../store/index.ts'
import { WriteGroups } from '../write-groups.ts'

/** Writes operations in groups. Each call's operations stay together in one batch. */
export class GroupedWrites {
  readonly #store: Store
  readonly #groups = new WriteGroups(() => this.#save())
  #collected: StoreOperation[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves when written; durable with the next durable batch of the store. */
  write(operations: StoreOperation[]): Promise<void> {
    if (operations.length === 0) return Promise.resolve()
    if (this.#collected.length === 0) this.#collected = operations
    else for (const operation of operations) this.#collected.push(operation)
    return this.#groups.next()
  }

  #save(): Promise<void> {
    const operations = this.#collected
    this.#collected = []
    return this.#store.batch(operations, { durable: false })
  }
}
