import type { Store } from './store.ts'

/** JSON records of one kind, under `/<namespace>/<id>` in a store. */
export class JsonRecords<Record> {
  readonly #store: Store
  readonly #prefix: string

  constructor(store: Store, namespace: string) {
    this.#store = store
    this.#prefix = `${namespace}/`
  }

  async get(id: string): Promise<Record | undefined> {
    const value = await this.#store.get(this.#keyOf(id))
    return value === undefined ? undefined : (JSON.parse(Buffer.from(value).toString()) as Record)
  }

  put(id: string, record: Record): Promise<void> {
    return this.#store.put(this.#keyOf(id), Buffer.from(JSON.stringify(record)))
  }

  /** All of them or none. */
  putAll(records: Iterable<[id: string, record: Record]>): Promise<void> {
    return this.#store.batch(
      Array.from(records, ([id, record]) => ({
        type: 'put',
        key: this.#keyOf(id),
        value: Buffer.from(JSON.stringify(record)),
      })),
    )
  }

  delete(id: string): Promise<void> {
    return this.#store.delete(this.#keyOf(id))
  }

  /** Every record; one that cannot be parsed is passed to `onDamaged` and left where it is. */
  async *entries(
    onDamaged: (id: string, error: Error) => void = () => {},
  ): AsyncGenerator<[id: string, record: Record], void, void> {
    for await (const { key, value } of this.#store.texts(this.#prefix)) {
      const id = key.slice(this.#prefix.length)
      let record: Record
      try {
        record = JSON.parse(value) as Record
      } catch (error) {
        onDamaged(id, error as Error)
        continue
      }
      yield [id, record]
    }
  }

  #keyOf(id: string): Uint8Array {
    return Buffer.from(this.#prefix + id)
  }
}
