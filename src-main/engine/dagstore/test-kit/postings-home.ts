import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inlineTaskRunner, silentLogger } from '../../base/index.ts'
import { LevelStore } from '../../store/index.ts'
import { DeferredRows } from '../deferred-rows.ts'
import type { ShardsThere } from '../inverted-index/inverted-index.ts'
import { type SegmentedIndexOptions, SegmentedInvertedIndex } from '../inverted-index/segmented-inverted-index.ts'
import { testIndex } from './test-indexes.ts'

/** The sha2-256 multihash of a text. */
export const multihash = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x12, 0x20]), createHash('sha256').update(text).digest()])

/** The blocks `<shard> 0`, `<shard> 1` … */
export const blocksOf = (shard: string, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => multihash(`${shard} ${i}`))

/** A folder for an inverted index of segments and the store beside it, opened again and again on the same files. */
export class PostingsHome {
  readonly directory: string
  readonly #options: Partial<SegmentedIndexOptions>
  #store: LevelStore
  #index: SegmentedInvertedIndex

  private constructor(directory: string, store: LevelStore, options: Partial<SegmentedIndexOptions>) {
    this.directory = directory
    this.#options = options
    this.#store = store
    this.#index = this.#create()
  }

  /** The index is not open yet. */
  static async create(options: Partial<SegmentedIndexOptions> = {}): Promise<PostingsHome> {
    const directory = await mkdtemp(join(tmpdir(), 'carport-postings-'))
    return new PostingsHome(directory, await openStore(directory), options)
  }

  get index(): SegmentedInvertedIndex {
    return this.#index
  }

  get store(): LevelStore {
    return this.#store
  }

  get postingsDirectory(): string {
    return join(this.directory, 'postings')
  }

  /** Enters `blocksOf(shard, count)`, and others. */
  async enter(shard: string, count: number, also: Uint8Array[] = []): Promise<void> {
    await this.#index.add(shard, await testIndex([...blocksOf(shard, count), ...also]))
  }

  /** The shards that hold the block of a text, sorted. */
  async found(text: string): Promise<string[]> {
    return (await this.#index.lookup(multihash(text))).sort()
  }

  /** Closes index and store, as at the end of a program. */
  async close(): Promise<void> {
    await this.#index.close()
    await this.#store.close()
  }

  /** Closes the store alone: the index is left as a kill leaves it. */
  async kill(): Promise<void> {
    await this.#store.close()
  }

  async reopen(shards: ShardsThere, options: Partial<SegmentedIndexOptions> = {}): Promise<void> {
    this.#store = await openStore(this.directory)
    this.#index = this.#create(options)
    await this.#index.open(shards)
  }

  async remove(): Promise<void> {
    await this.#index.close().catch(() => {})
    await this.#store.close()
    await rm(this.directory, { recursive: true, force: true })
  }

  #create(options: Partial<SegmentedIndexOptions> = {}): SegmentedInvertedIndex {
    return new SegmentedInvertedIndex({
      directory: this.postingsDirectory,
      store: this.#store,
      rows: new DeferredRows(this.#store),
      tasks: inlineTaskRunner,
      log: silentLogger,
      ...this.#options,
      ...options,
    })
  }
}

function openStore(directory: string): Promise<LevelStore> {
  return LevelStore.open(join(directory, 'datastore'), { compression: false })
}

/** Shards of these keys, as far as an inverted index has to know. */
export function shardsNamed(...keys: string[]): ShardsThere {
  return { find: (key) => (keys.includes(key) ? { key } : undefined) }
}
