import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { CarIndex } from '../../car/index.ts'
import type { GoInvertedIndex } from '../dagstore-ports.ts'
import type { IndexRepo } from '../index-repo/index-repo.ts'
import type { GoInvertedRows } from './go-inverted-rows.ts'
import type { AddOptions, InvertedIndex, ShardsThere } from './inverted-index.ts'

/** So many indexes are asked in a look-up at most, in place of postings that are missing. */
const ASKED_AT_MOST = 256

/**
 * Which shards hold a block: Carport's postings, and the rows of Go's dagstore beside them. Go's rows are read for
 * shards that have no postings yet, and kept up to date so that Go can go on with the directory.
 *
 * "Nowhere" is only said when it is known: shards whose postings are missing are asked by their own indexes until they
 * are entered again; where those are too many, a look-up that found nothing fails.
 */
export class ShardLookups {
  readonly #postings: InvertedIndex
  readonly #goRows: GoInvertedRows
  readonly #repo: IndexRepo
  readonly #policy: GoInvertedIndex
  #opened: Promise<void> = Promise.resolve()
  /** Shards with an index whose postings are missing. */
  readonly #missing = new Set<string>()
  #readsGoRows = false
  #writesGoRows = false

  constructor(postings: InvertedIndex, goRows: GoInvertedRows, repo: IndexRepo, policy: GoInvertedIndex) {
    this.#postings = postings
    this.#goRows = goRows
    this.#repo = repo
    this.#policy = policy
  }

  /** Begins to load what is known; every other method waits for that. `indexed`: keys of the shards that have an index. */
  open(shards: ShardsThere, indexed: () => Iterable<string>): Promise<void> {
    this.#opened = this.#load(shards, indexed)
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
    try {
      if (this.#writesGoRows) {
        if (replaced !== null) await this.#goRows.remove(shard, replaced)
        await this.#goRows.add(shard, index, options.signal)
      }
      await this.#postings.add(shard, index, options)
      this.#missing.delete(shard)
    } catch (error) {
      this.#missing.add(shard)
      throw error
    }
  }

  /** Says that postings of these shards were lost; they are to be added again. */
  lost(shards: readonly string[]): void {
    for (const shard of shards) this.#missing.add(shard)
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

  /** Keys of shards, some of which may not exist any more. LOOKUP_INCOMPLETE when that cannot be said yet. */
  async lookup(multihash: Uint8Array, signal?: AbortSignal): Promise<string[]> {
    await this.#opened
    // Also those that are entered while it is looked.
    const missing = this.#missing.size > ASKED_AT_MOST ? [] : [...this.#missing]
    const found = await this.#postings.lookup(multihash)
    const asked = new Set(this.#readsGoRows ? await this.#goRows.lookup(multihash) : [])
    const tooMany = this.#missing.size > ASKED_AT_MOST
    if (!tooMany) for (const shard of [...missing, ...this.#missing]) asked.add(shard)
    for (const shard of asked) {
      throwIfAborted(signal)
      if ((this.#postings.has(shard) && !missing.includes(shard)) || found.includes(shard)) continue
      if (await this.#isConfirmed(shard, multihash)) found.push(shard)
    }
    if (tooMany && found.length === 0) throw incomplete(this.#missing.size)
    return found
  }

  /** `index` null: it cannot be read; Go's rows then stay, and are distrusted. */
  async remove(shard: string, index: CarIndex | null): Promise<void> {
    await this.#opened
    this.#missing.delete(shard)
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

  async #load(shards: ShardsThere, indexed: () => Iterable<string>): Promise<void> {
    this.#readsGoRows = await this.#goRows.present()
    this.#writesGoRows = this.#policy === 'always' || (this.#policy === 'where-present' && this.#readsGoRows)
    if (!this.#writesGoRows) await this.#goRows.markComplete(false)
    await this.#postings.open(shards)
    for (const shard of indexed()) if (!this.#postings.has(shard)) this.#missing.add(shard)
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

function incomplete(shards: number): EngineError {
  return new EngineError(
    'LOOKUP_INCOMPLETE',
    `No shard that can be looked up holds the block, but ${shards} shards are still being entered into the inverted index: try again in a while.`,
    { details: { shards } },
  )
}
