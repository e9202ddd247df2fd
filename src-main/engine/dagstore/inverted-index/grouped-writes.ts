import type { Store, StoreOperation } from '../../store/index.ts'

/**
 * Writes operations in groups: while one batch is on its way, what else comes is put together into the next. Each
 * call's operations stay together in one batch.
 */
export class GroupedWrites {
  readonly #store: Store
  #collected: StoreOperation[] = []
  #collecting: Promise<void> | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves when written; durable with the next durable batch of the store. */
  write(operations: StoreOperation[]): Promise<void> {
    if (operations.length === 0) return Promise.resolve()
    if (this.#collected.length === 0) this.#collected = operations
    else for (const operation of operations) this.#collected.push(operation)
    this.#collecting ??= this.#writeNext()
    return this.#collecting
  }

  async #writeNext(): Promise<void> {
    await this.#writing.catch(() => {})
    const operations = this.#collected
    this.#collected = []
    this.#collecting = null
    this.#writing = this.#store.batch(operations, { durable: false })
    await this.#writing
  }
}
