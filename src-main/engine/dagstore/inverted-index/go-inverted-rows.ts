import { EngineError, TaskQueue } from '../../base/index.ts'
import { type CarIndex, INDEX_SORTED, varintLength, writeVarint } from '../../car/index.ts'
import type { Store, StoreOperation } from '../../store/index.ts'
import { goRowKey } from '../records/go-path.ts'

const NAMESPACE = '/inverted/index'
const BATCH = 1024
/** There while every posting of a shard was also entered here. */
const COMPLETE = Buffer.from('/pl')

/**
 * The rows of Go's inverted index: `/inverted/index/<multihash>` -> a JSON list of shard keys. The multihash goes
 * through a path clean-up that maps some onto others, so a hit must be checked in the shard's own index.
 */
export class GoInvertedRows {
  readonly #store: Store
  /** Lists are read, changed and written back: one shard after another. */
  readonly #changes = new TaskQueue()

  constructor(store: Store) {
    this.#store = store
  }

  async present(): Promise<boolean> {
    for await (const _ of this.#store.entries({ prefix: Buffer.from(`${NAMESPACE}/`), limit: 1 })) return true
    return false
  }

  /** Whether what Carport entered since the rows were last complete is all in them. */
  async isComplete(): Promise<boolean> {
    return (await this.#store.get(COMPLETE)) !== undefined
  }

  async markComplete(isComplete: boolean): Promise<void> {
    if (isComplete) await this.#store.put(COMPLETE, new Uint8Array())
    else if (await this.isComplete()) await this.#store.delete(COMPLETE)
  }

  /** Keys that Go entered; they may not exist any more, and need not hold the multihash. */
  async lookup(multihash: Uint8Array): Promise<string[]> {
    const value = await this.#store.get(goRowKey(NAMESPACE, multihash))
    return value === undefined ? [] : decodeList(value)
  }

  add(shard: string, index: CarIndex, signal?: AbortSignal): Promise<void> {
    return this.#change(index, (list) => (list.includes(shard) ? null : [...list, shard]), signal)
  }

  remove(shard: string, index: CarIndex): Promise<void> {
    return this.#change(index, (list) => (list.includes(shard) ? list.filter((key) => key !== shard) : null))
  }

  async #change(index: CarIndex, change: (list: string[]) => string[] | null, signal?: AbortSignal): Promise<void> {
    if (index.codec === INDEX_SORTED) return // Go does not enter those either: their multihashes are not known
    await this.#changes.run(async () => {
      for await (const keys of rowKeysOf(index, signal)) {
        const values = await this.#store.getMany(keys)
        const operations: StoreOperation[] = []
        for (const [i, key] of keys.entries()) {
          const value = values[i]
          const changed = change(value === undefined ? [] : decodeList(value))
          if (changed === null) continue
          operations.push(
            changed.length === 0 ? { type: 'delete', key } : { type: 'put', key, value: encodeList(changed) },
          )
        }
        await this.#store.batch(operations, { durable: false })
      }
    })
  }
}

/** Keys of the rows of an index, each once in a batch: the clean-up may map several onto one. */
async function* rowKeysOf(index: CarIndex, signal?: AbortSignal): AsyncGenerator<Uint8Array[], void, void> {
  for await (const { hashCode, digestLength, count, bytes } of index.batches(signal)) {
    if (hashCode === null) throw new EngineError('INTERNAL', 'An index without hash functions has no multihashes.')
    const head = new Uint8Array(varintLength(hashCode) + varintLength(digestLength))
    writeVarint(digestLength, head, writeVarint(hashCode, head, 0))
    let batch = new Map<string, Uint8Array>()
    for (let i = 0; i < count; i++) {
      const from = i * (digestLength + 8)
      const key = goRowKey(NAMESPACE, Buffer.concat([head, bytes.subarray(from, from + digestLength)]))
      batch.set(Buffer.from(key).toString('latin1'), key)
      if (batch.size < BATCH) continue
      yield [...batch.values()]
      batch = new Map()
    }
    if (batch.size > 0) yield [...batch.values()]
  }
}

function decodeList(value: Uint8Array): string[] {
  try {
    const list: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
    return Array.isArray(list) ? list.filter((key) => typeof key === 'string') : []
  } catch {
    return []
  }
}

function encodeList(keys: string[]): Uint8Array {
  return Buffer.from(
    JSON.stringify(keys).replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  )
}
