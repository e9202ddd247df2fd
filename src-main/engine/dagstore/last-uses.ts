import type { Store, StoreOperation } from '../store/index.ts'
import type { Shard } from './shard.ts'

const ROWS = Buffer.from('/pt/')

/**
 * When the transients of shards were last used, so that the order in which they are collected outlives a restart. Rows:
 * `/pt/<key>` -> milliseconds, of shards that have a transient. Written now and then and not synced: after a kill the
 * last uses of some shards are older than they were, which costs a fetch at the worst.
 */
export class LastUses {
  readonly #store: Store
  readonly #written = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
  }

  async load(shards: { find(key: string): Shard | undefined }): Promise<void> {
    for await (const { key, value } of this.#store.entries({ prefix: ROWS })) {
      const name = Buffer.from(key).subarray(ROWS.length).toString()
      const atMs = Number(Buffer.from(value).toString())
      const shard = shards.find(name)
      this.#written.set(name, atMs)
      if (shard !== undefined && Number.isSafeInteger(atMs)) shard.lastUsedMs = atMs
    }
  }

  /** Writes what has changed. */
  async write(shards: Iterable<Shard>): Promise<void> {
    const gone = new Set(this.#written.keys())
    const operations: StoreOperation[] = []
    for (const { key, transientPath, lastUsedMs } of shards) {
      if (transientPath === '') continue
      gone.delete(key)
      if (lastUsedMs === 0 || this.#written.get(key) === lastUsedMs) continue
      this.#written.set(key, lastUsedMs)
      operations.push({ type: 'put', key: rowKey(key), value: Buffer.from(String(lastUsedMs)) })
    }
    for (const key of gone) {
      this.#written.delete(key)
      operations.push({ type: 'delete', key: rowKey(key) })
    }
    if (operations.length > 0) await this.#store.batch(operations, { durable: false })
  }
}

function rowKey(key: string): Uint8Array {
  return Buffer.concat([ROWS, Buffer.from(key)])
}
