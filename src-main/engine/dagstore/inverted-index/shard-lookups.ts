import type { CarIndex } from '../../car/index.ts'
import type { GoInvertedIndex } from '../dagstore-ports.ts'
import type { IndexRepo } from '../index-repo/index-repo.ts'
import type { GoInvertedRows } from './go-inverted-rows.ts'
import type { AddOptions, InvertedIndex, ShardsThere } from './inverted-index.ts'

/**
 * Which shards hold a block: Carport's postings, and the rows of Go's dagstore beside them. Go's rows are read for
 * shards that have no postings yet, and kept up to date so that Go can go on with the directory.
 */
export class ShardLookups {
  readonly #postings: InvertedIndex
  readonly #goRows: GoInvertedRows
  readonly #repo: IndexRepo
  readonly #policy: GoInvertedIndex
  #opened: Promise<void> = Promise.resolve()
  #readsGoRows = false
  #writesGoRows = false

  constructor(postings: InvertedIndex, goRows: GoInvertedRows, repo: IndexRepo, policy: GoInvertedIndex) {
    this.#postings = postings
    this.#goRows = goRows
    this.#repo = repo
    this.#policy = policy
  }

  /** Begins to load what is known; every other method waits for that. */
  open(shards: ShardsThere): Promise<void> {
    this.#opened = this.#load(shards)
    this.#opened.catch(() => {}) // whoever asks something is told
    return this.#opened
  }

  /** Also false where nothing could be loaded: what cannot be looked up can still be read. */
  async has(shard: string): Promise<boolean> {
    if (!(await this.#isOpen())) return false
    return this.#postings.has(shard)
  }

  /** Bytes of the CAR as of its last indexing; null when that is not known. */
  async sizeOf(shard: string): Promise<number | null> {
    if (!(await this.#isOpen())) return null
    return this.#postings.sizeOf(shard)
  }

  /** `replaced`: the index that the shard had before. Go's rows go first: whoever has postings has those, too. */
  async add(shard: string, index: CarIndex, options: AddOptions, replaced: CarIndex | null = null): Promise<void> {
    await this.#opened
    if (this.#writesGoRows) {
      if (replaced !== null) await this.#goRows.remove(shard, replaced)
      await this.#goRows.add(shard, index, options.signal)
    }
    await this.#postings.add(shard, index, options)
  }

  /** Says durably that another index is about to take the place of a shard's; `stay` that none did. */
  async leave(shard: string): Promise<void> {
    if (await this.#isOpen()) await this.#postings.leave(shard)
  }

  async stay(shard: string): Promise<void> {
    if (await this.#isOpen()) this.#postings.stay(shard)
  }

  /** Whether Go's rows are kept. */
  async keepsGoRows(): Promise<boolean> {
    return (await this.#isOpen()) && this.#writesGoRows
  }

  /** Whether shards may be missing in Go's rows that were entered while those were not kept. */
  async lacksGoRows(): Promise<boolean> {
    return (await this.keepsGoRows()) && !(await this.#goRows.isComplete())
  }

  addGoRows(shard: string, index: CarIndex, signal: AbortSignal): Promise<void> {
    return this.#goRows.add(shard, index, signal)
  }

  noteGoRowsComplete(): Promise<void> {
    return this.#goRows.markComplete(true)
  }

  /** Keys of shards, some of which may not exist any more. */
  async lookup(multihash: Uint8Array): Promise<string[]> {
    await this.#opened
    const found = await this.#postings.lookup(multihash)
    if (!this.#readsGoRows) return found
    for (const shard of await this.#goRows.lookup(multihash)) {
      if (this.#postings.has(shard) || found.includes(shard)) continue
      if (await this.#isConfirmed(shard, multihash)) found.push(shard)
    }
    return found
  }

  /** `index` null: it cannot be read; Go's rows then stay, and are distrusted. */
  async remove(shard: string, index: CarIndex | null): Promise<void> {
    await this.#opened
    await this.#postings.remove(shard)
    if (index !== null && this.#writesGoRows) await this.#goRows.remove(shard, index)
  }

  async purge(signal?: AbortSignal): Promise<{ removed: number }> {
    await this.#opened
    return this.#postings.purge(signal)
  }

  /** Makes durable what would have to be entered again after a crash. */
  async settle(): Promise<void> {
    if (await this.#isOpen()) await this.#postings.settle()
  }

  async close(): Promise<void> {
    if (await this.#isOpen()) await this.#postings.close()
  }

  #isOpen(): Promise<boolean> {
    return this.#opened.then(
      () => true,
      () => false,
    )
  }

  async #load(shards: ShardsThere): Promise<void> {
    this.#readsGoRows = await this.#goRows.present()
    this.#writesGoRows = this.#policy === 'always' || (this.#policy === 'where-present' && this.#readsGoRows)
    if (!this.#writesGoRows) await this.#goRows.markComplete(false)
    await this.#postings.open(shards)
  }

  /** Go's rows hold clean-up collisions and shards long gone: the shard's own index decides. */
  async #isConfirmed(shard: string, multihash: Uint8Array): Promise<boolean> {
    try {
      const index = await this.#repo.get(shard)
      try {
        return (await index.find(multihash)).length > 0
      } finally {
        await index.close()
      }
    } catch {
      return false
    }
  }
}
