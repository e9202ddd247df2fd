import type { Store } from '../../store/index.ts'
import type { DeferredRows } from '../deferred-rows.ts'
import { decodeStamp, encodeStamp, type IndexStamp } from './index-stamp.ts'

const ROWS = Buffer.from('/pi/')
const STAMPS = '/pk/'

/**
 * Contents of indexes whose files are not synced yet. Syncing thousands of small files one by one takes far longer
 * than writing them once more into the store, where one sync makes all of them durable; the files are synced later,
 * at leisure. Rows: `/pi/<key>` -> the index; `/pk/<key>` -> the stamp of its file.
 */
export class IndexJournal {
  readonly #store: Store
  readonly #rows: DeferredRows

  constructor(store: Store, rows: DeferredRows) {
    this.#store = store
    this.#rows = rows
  }

  /** Durable with the next record. */
  add(key: string, value: Uint8Array): void {
    this.#rows.add({ type: 'put', key: rowKey(key), value })
  }

  async *entries(): AsyncGenerator<[key: string, content: Uint8Array], void, void> {
    for await (const { key, value } of this.#store.entries({ prefix: ROWS }))
      yield [Buffer.from(key).subarray(ROWS.length).toString(), value]
  }

  /** Forgotten with the next record. */
  forget(key: string): void {
    this.#rows.add({ type: 'delete', key: rowKey(key) })
  }

  /** One for each key; null where none was noted. */
  async stamps(keys: string[]): Promise<Array<IndexStamp | null>> {
    return (await this.#store.getMany(keys.map(stampKey))).map(decodeStamp)
  }

  /** Durable with the next record. null: there is no index any more. */
  noteStamp(key: string, stamp: IndexStamp | null): void {
    this.#rows.add(
      stamp === null
        ? { type: 'delete', key: stampKey(key) }
        : { type: 'put', key: stampKey(key), value: encodeStamp(stamp) },
    )
  }

  /** Makes durable what was added and forgotten. */
  write(): Promise<void> {
    return this.#rows.write()
  }
}

function rowKey(key: string): Uint8Array {
  return Buffer.concat([ROWS, Buffer.from(key)])
}

function stampKey(key: string): Uint8Array {
  return Buffer.from(STAMPS + key)
}
