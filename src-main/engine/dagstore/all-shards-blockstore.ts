import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { BlockOptions, Blockstore } from '../blockstore/index.ts'
import { isIdentity } from '../car/index.ts'
import type { AllShardsOptions, ShardAccessor, ShardLookup } from './dagstore-ports.ts'
import { readableFirst } from './shard-dag-source.ts'

export interface AllShardsPorts {
  lookup(cid: CID, signal?: AbortSignal): Promise<ShardLookup[]>
  acquire(key: string, signal?: AbortSignal): Promise<ShardAccessor>
}

type Read<Result> = (blockstore: Blockstore) => Promise<Result>

/**
 * All shards as one blockstore. Each call acquires a shard that holds the block and releases it again; shards stay open
 * between calls without being held, so nothing is closed under a reader, and no shard is kept from being destroyed. The
 * shard that answered last is asked first, since blocks that are asked for together mostly lie together.
 */
export class AllShardsBlockstore implements Blockstore {
  readonly roots: readonly CID[] = []
  readonly #ports: AllShardsPorts
  readonly #select: AllShardsOptions['select']
  #last: string | null = null
  #closed = false

  constructor(ports: AllShardsPorts, options: AllShardsOptions = {}) {
    this.#ports = ports
    this.#select = options.select
  }

  async has(cid: CID, options: BlockOptions = {}): Promise<boolean> {
    if (isIdentity(cid)) return true
    const found = await this.#read(cid, options, (blockstore) => blockstore.has(cid, options))
    return found === true
  }

  async get(cid: CID, options: BlockOptions = {}): Promise<Uint8Array> {
    if (isIdentity(cid)) return cid.multihash.digest
    const bytes = await this.#read(cid, options, (blockstore) => blockstore.get(cid, options))
    if (bytes === null) throw notFound(cid)
    return bytes
  }

  async size(cid: CID, options: BlockOptions = {}): Promise<number> {
    if (isIdentity(cid)) return cid.multihash.digest.length
    const size = await this.#read(cid, options, (blockstore) => blockstore.size(cid, options))
    if (size === null) throw notFound(cid)
    return size
  }

  /** There are too many to be listed usefully. */
  // biome-ignore lint/correctness/useYield: it gives none
  async *cids(): AsyncGenerator<CID, void, void> {
    throw new EngineError('UNSUPPORTED', 'The blocks of all shards cannot be listed at once; list those of one shard.')
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** null when no shard holds the block, or none was selected. */
  async #read<Result>(cid: CID, options: BlockOptions, read: Read<Result>): Promise<Result | null> {
    const { signal } = options
    throwIfAborted(signal)
    if (this.#closed) throw new EngineError('CLOSED', 'This blockstore is closed.')
    const near = this.#select === undefined ? await this.#readFromLast(cid, options, read) : null
    if (near !== null) return near.result
    let failure: EngineError | null = null
    for (const key of await this.#candidates(cid, signal)) {
      try {
        const result = await this.#readFrom(key, signal, read)
        this.#last = key
        return result
      } catch (error) {
        throwIfAborted(signal)
        failure = EngineError.from(error)
      }
    }
    if (failure !== null) throw failure
    return null
  }

  async #candidates(cid: CID, signal: AbortSignal | undefined): Promise<string[]> {
    const shards = await this.#ports.lookup(cid, signal)
    if (shards.length === 0) return []
    if (this.#select === undefined) return readableFirst(shards).map(({ key }) => key)
    const selected = await this.#select(cid, shards)
    return selected === null ? [] : [selected]
  }

  async #readFromLast<Result>(cid: CID, options: BlockOptions, read: Read<Result>): Promise<{ result: Result } | null> {
    const key = this.#last
    if (key === null) return null
    try {
      return await this.#readFrom(key, options.signal, async (blockstore) =>
        (await blockstore.has(cid, options)) ? { result: await read(blockstore) } : null,
      )
    } catch {
      this.#last = null // the usual way says what is wrong, or finds another shard
      return null
    }
  }

  async #readFrom<Result>(key: string, signal: AbortSignal | undefined, read: Read<Result>): Promise<Result> {
    const accessor = await this.#ports.acquire(key, signal)
    try {
      return await read(accessor.blockstore)
    } finally {
      await accessor.close()
    }
  }
}

function notFound(cid: CID): EngineError {
  return new EngineError('BLOCK_NOT_FOUND', `No shard holds the block ${cid}.`, { details: { cid: cid.toString() } })
}
