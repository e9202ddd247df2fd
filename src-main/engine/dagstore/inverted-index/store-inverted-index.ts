import { throwIfAborted } from '../../base/index.ts'
import { type CarIndex, INDEX_SORTED, type IndexRecords, readMultihash } from '../../car/index.ts'
import type { Store, StoreOperation } from '../../store/index.ts'
import { GroupedWrites } from './grouped-writes.ts'
import type { AddOptions, InvertedIndex } from './inverted-index.ts'
import {
  DIGEST_ROWS,
  digestPrefix,
  MULTIHASH_ROWS,
  multihashPrefix,
  NUMBER_BYTES,
  numberOf,
  postingKeys,
} from './posting-keys.ts'
import { ShardNumbers } from './shard-numbers.ts'

/** Operations of one batch: what the main thread can prepare in a few milliseconds. */
const BATCH = 4096
/** The key says everything. Not empty, since classic-level 3.0 never frees what it takes for an empty value: 1.6 GB for 50 million rows. */
const PRESENT = Uint8Array.of(1)

/**
 * The inverted index as one row for each posting in an ordered store. Adding costs the same however many shards hold a
 * block, removing a shard removes its rows, and shards are entered side by side without a lock.
 *
 * Rows are written without waiting for the disk. They are durable with the first durable batch that follows, which is
 * the shard's record: a record that says Available therefore never outlives its postings.
 */
export class StoreInvertedIndex implements InvertedIndex {
  readonly #store: Store
  readonly #writes: GroupedWrites
  readonly #numbers: ShardNumbers

  constructor(store: Store) {
    this.#store = store
    this.#writes = new GroupedWrites(store)
    this.#numbers = new ShardNumbers(store)
  }

  open(shards: { has(key: string): boolean }): Promise<void> {
    return this.#numbers.load(shards)
  }

  has(shard: string): boolean {
    return this.#numbers.has(shard)
  }

  sizeOf(shard: string): number | null {
    return this.#numbers.sizeOf(shard)
  }

  async add(shard: string, index: CarIndex, options: AddOptions = {}): Promise<void> {
    const number = await this.#numbers.take()
    const entered = { number, digestOnly: index.codec === INDEX_SORTED, sizeBytes: options.sizeBytes ?? null }
    if (index.recordCount <= BATCH) {
      const rows = await collect(index, number)
      await this.#writes.write([...rows, ...this.#numbers.enter(shard, entered)])
      return
    }
    await this.#writes.write(this.#numbers.begin(number))
    try {
      await this.#writeAll(index, number, put, options.signal)
    } catch (error) {
      this.#numbers.abandon(number)
      throw error
    }
    await this.#writes.write(this.#numbers.enter(shard, entered))
  }

  async lookup(multihash: Uint8Array): Promise<string[]> {
    const shards = new Set<string>()
    await this.#collectShards(multihashPrefix(multihash), shards)
    if (this.#numbers.anyDigestOnly) await this.#collectShards(digestPrefix(readMultihash(multihash).digest), shards)
    return [...shards]
  }

  async remove(shard: string, index: CarIndex | null): Promise<void> {
    const number = this.#numbers.numberOf(shard)
    await this.#writes.write(this.#numbers.forget(shard))
    if (number === undefined || index === null) return
    await this.#writeAll(index, number, remove)
    await this.#writes.write(this.#numbers.buried(number))
  }

  async purge(signal?: AbortSignal): Promise<{ removed: number }> {
    const dead = new Set(this.#numbers.dead)
    if (dead.size === 0) return { removed: 0 }
    let removed = 0
    for (const prefix of [MULTIHASH_ROWS, DIGEST_ROWS]) {
      let found: Uint8Array[] = []
      const flush = async () => {
        await this.#writes.write(found.map(remove))
        removed += found.length
        found = []
        throwIfAborted(signal)
      }
      for await (const { key } of this.#store.entries({ prefix })) {
        if (dead.has(numberOf(key))) found.push(key.slice())
        if (found.length === BATCH) await flush()
      }
      await flush()
    }
    await this.#writes.write([...dead].flatMap((number) => this.#numbers.buried(number)))
    return { removed }
  }

  /** One batch is prepared while the one before is written. */
  async #writeAll(
    index: CarIndex,
    number: number,
    operation: (key: Uint8Array) => StoreOperation,
    signal?: AbortSignal,
  ): Promise<void> {
    let writing: Promise<void> = Promise.resolve()
    for await (const keys of keysOf(index, number, signal)) {
      const operations = keys.map(operation)
      await writing
      writing = this.#writes.write(operations)
      writing.catch(() => {}) // reported when it is awaited
    }
    await writing
  }

  async #collectShards(prefix: Uint8Array, into: Set<string>): Promise<void> {
    for await (const { key } of this.#store.entries({ prefix })) {
      if (key.length !== prefix.length + NUMBER_BYTES) continue
      const shard = this.#numbers.keyOf(numberOf(key))
      if (shard !== undefined) into.add(shard)
    }
  }
}

async function collect(index: CarIndex, number: number): Promise<StoreOperation[]> {
  const rows: StoreOperation[] = []
  for await (const keys of keysOf(index, number)) for (const key of keys) rows.push(put(key))
  return rows
}

/** The keys of all postings, as many at a time as make a batch. */
async function* keysOf(
  index: CarIndex,
  number: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array[], void, void> {
  for await (const records of index.batches(signal)) {
    const width = records.digestLength + 8
    for (let from = 0; from < records.count; from += BATCH) {
      const count = Math.min(BATCH, records.count - from)
      const part: IndexRecords = {
        ...records,
        count,
        bytes: records.bytes.subarray(from * width, (from + count) * width),
      }
      yield postingKeys(part, number)
    }
  }
}

function put(key: Uint8Array): StoreOperation {
  return { type: 'put', key, value: PRESENT }
}

function remove(key: Uint8Array): StoreOperation {
  return { type: 'delete', key }
}
