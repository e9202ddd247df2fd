import type { Store } from '../../store/index.ts'

const ROWS = Buffer.from('/pi/')

/**
 * Contents of indexes whose files are not synced yet. Syncing thousands of small files one by one takes far longer
 * than writing them once more into the store, where one sync makes all of them durable; the files are synced later,
 * at leisure. Rows: `/pi/<key>` -> the index.
 */
export class IndexJournal {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Durable with the next durable batch of the store. */
  write(contents: Iterable<[key: string, content: Uint8Array]>): Promise<void> {
    const rows = [...contents].map(([key, value]) => ({ type: 'put' as const, key: rowKey(key), value }))
    return this.#store.batch(rows, { durable: false })
  }

  async *entries(): AsyncGenerator<[key: string, content: Uint8Array], void, void> {
    for await (const { key, value } of this.#store.entries({ prefix: ROWS }))
      yield [Buffer.from(key).subarray(ROWS.length).toString(), value]
  }

  forget(keys: string[]): Promise<void> {
    return this.#store.batch(
      keys.map((key) => ({ type: 'delete', key: rowKey(key) })),
      { durable: false },
    )
  }
}

function rowKey(key: string): Uint8Array {
  return Buffer.concat([ROWS, Buffer.from(key)])
}
