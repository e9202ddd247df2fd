import type { Store } from '../store/index.ts'

/**
 * Which version of its source each shard was indexed from, for sources that can change under their URL: an index fits
 * only the bytes that it was made of. Rows: `/pv/<key>` -> the version as the mount gives it.
 */
export class SourceVersions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** undefined where the source has no versions, or none was recorded. */
  async of(key: string): Promise<string | undefined> {
    const value = await this.#store.get(rowKey(key))
    return value === undefined ? undefined : Buffer.from(value).toString()
  }

  /** Durable with the next durable batch of the store. */
  record(key: string, version: string): Promise<void> {
    return this.#store.batch([{ type: 'put', key: rowKey(key), value: Buffer.from(version) }], { durable: false })
  }

  forget(key: string): Promise<void> {
    return this.#store.batch([{ type: 'delete', key: rowKey(key) }], { durable: false })
  }
}

function rowKey(key: string): Uint8Array {
  return Buffer.from(`/pv/${key}`)
}
