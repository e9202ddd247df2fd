import { successorOf } from './level-store.ts'
import type { Store, StoreEntry, StoreOperation, StoreRange, TextEntry } from './store.ts'

/** A store that lasts as long as the process: for tests and for stores whose content can be made again. */
export class MemoryStore implements Store {
  readonly #rows = new Map<string, Uint8Array>()

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.get(textOf(key))
  }

  async getMany(keys: Uint8Array[]): Promise<Array<Uint8Array | undefined>> {
    return keys.map((key) => this.#rows.get(textOf(key)))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.batch([{ type: 'put', key, value }])
  }

  delete(key: Uint8Array): Promise<void> {
    return this.batch([{ type: 'delete', key }])
  }

  async batch(operations: StoreOperation[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === 'put') this.#rows.set(textOf(operation.key), operation.value.slice())
      else this.#rows.delete(textOf(operation.key))
    }
  }

  async *entries(range: StoreRange = {}): AsyncGenerator<StoreEntry, void, void> {
    const from = range.prefix === undefined ? '' : textOf(range.prefix)
    const end = range.prefix === undefined ? undefined : successorOf(range.prefix)
    const before = end === undefined ? undefined : textOf(end)
    const after = range.after === undefined ? undefined : textOf(range.after)
    const rows = [...this.#rows]
      .filter(([key]) => key >= from && (before === undefined || key < before) && (after === undefined || key > after))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    if (range.reverse === true) rows.reverse()
    for (const [key, value] of rows.slice(0, range.limit)) yield { key: Buffer.from(key, 'latin1'), value }
  }

  async *texts(prefix: string): AsyncGenerator<TextEntry, void, void> {
    for await (const { key, value } of this.entries({ prefix: Buffer.from(prefix) }))
      yield { key: Buffer.from(key).toString(), value: Buffer.from(value).toString() }
  }

  async close(): Promise<void> {}
}

/** latin1 keeps the byte order of keys when strings are compared. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
