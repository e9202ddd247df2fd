import { EngineError, TaskQueue, throwIfAborted } from '../../base/index.ts'
import { type CarIndex, INDEX_SORTED } from '../../car/index.ts'
import type { AddOptions, InvertedIndex, ShardsThere } from './inverted-index.ts'
import { MemoryPart } from './memory-part.ts'
import { segmentsToMerge } from './merge-plan.ts'
import { postingKey } from './posting-key.ts'
import type { Segment } from './segment.ts'
import { type SegmentPorts, SegmentSet } from './segment-set.ts'
import { ShardNumbers } from './shard-numbers.ts'

export interface SegmentedIndexOptions extends SegmentPorts {
  /** Postings collected in memory before they are written; default a million: 28 MB, and as much while they are written. */
  memoryPostings?: number
  /** Told of shards of which postings were lost while it runs: they are to be added again. */
  onLost?: (shards: string[]) => void
}

const MEMORY_POSTINGS = 1 << 20
/** Adding waits for merges when there are so many segments. */
const MOST_SEGMENTS = 24
/** A segment is rewritten by `purge` when one in so many of its postings is dead. */
const PURGED_SHARE = 8

/**
 * The inverted index as sorted files. New postings collect in memory, are written as a segment by a worker when they
 * are many, and segments are merged so that there are few. Nothing is logged: postings stand in the shards' indexes, and
 * a shard whose postings did not all get into segments before a crash is entered again.
 *
 * A shard is there as soon as its last posting is in memory, all at once; until then its number means nothing.
 */
export class SegmentedInvertedIndex implements InvertedIndex {
  readonly #options: SegmentedIndexOptions
  readonly #segments: SegmentSet
  readonly #numbers: ShardNumbers
  readonly #merges = new TaskQueue()
  readonly #closing = new AbortController()
  #memory: MemoryPart
  /** What is being written, or could not be. */
  #frozen: MemoryPart | null = null
  #flushing: Promise<void> | null = null

  constructor(options: SegmentedIndexOptions) {
    this.#options = options
    this.#segments = new SegmentSet(options)
    this.#numbers = new ShardNumbers(options.store, options.rows)
    this.#memory = this.#newMemory()
  }

  async open(shards: ShardsThere): Promise<void> {
    await this.#segments.open()
    this.#memory = this.#newMemory()
    const counts = countsByNumber(this.#segments.all)
    await this.#numbers.load(shards, (number) => counts[number] ?? 0)
  }

  /** In memory and in segments, those that belong to no shard any more among them. */
  get postingCount(): number {
    const inSegments = this.#segments.all.reduce((sum, { recordCount }) => sum + recordCount, 0)
    return inSegments + this.#memory.count + (this.#frozen?.count ?? 0)
  }

  get segmentCount(): number {
    return this.#segments.all.length
  }

  has(shard: string): boolean {
    return this.#numbers.has(shard)
  }

  sizeOf(shard: string): number | null {
    return this.#numbers.sizeOf(shard)
  }

  async add(shard: string, index: CarIndex, { signal, sizeBytes = null }: AddOptions = {}): Promise<void> {
    const number = this.#numbers.begin()
    const isReplaced = this.#numbers.has(shard)
    let postings = 0
    try {
      for await (const records of index.batches(signal)) {
        for (let first = 0; first < records.count; first += this.#memory.add(records, first, number))
          if (this.#memory.isFull) await this.#makeRoom()
        postings += records.count
      }
    } catch (error) {
      this.#numbers.abandon(number)
      throw error
    }
    this.#numbers.enter(shard, { number, postings, digestOnly: index.codec === INDEX_SORTED, sizeBytes })
    // After a crash the postings of the index before must not count as those of this one.
    if (isReplaced) await this.#options.rows.write()
  }

  async leave(shard: string): Promise<void> {
    if (this.#numbers.setLeaving(shard, true)) await this.#options.rows.write()
  }

  stay(shard: string): void {
    this.#numbers.setLeaving(shard, false)
  }

  async lookup(multihash: Uint8Array): Promise<string[]> {
    const numbers = new Set<number>()
    this.#find(postingKey(multihash, this.#segments.secret), numbers)
    if (this.#numbers.anyDigestOnly) this.#find(postingKey(multihash, this.#segments.secret, true), numbers)
    const shards: string[] = []
    for (const number of numbers) {
      const shard = this.#numbers.keyOf(number)
      if (shard !== undefined) shards.push(shard)
    }
    return shards
  }

  async remove(shard: string): Promise<void> {
    if (this.#numbers.forget(shard)) await this.#options.rows.write()
  }

  async purge(signal?: AbortSignal): Promise<{ removed: number }> {
    await this.settle()
    const stopped = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    const removed = await this.#merges.run(async () => {
      const merged = await this.#mergeAll(stopped)
      return merged + (await this.#rewriteHalfDead(stopped))
    })
    return { removed }
  }

  async settle(): Promise<void> {
    while (this.#frozen !== null || this.#memory.count > 0) await this.#flush()
    await this.#options.rows.write()
  }

  /** Resolves when no merge is under way. */
  merged(): Promise<void> {
    return this.#merges.drained()
  }

  async close(): Promise<void> {
    this.#closing.abort(new EngineError('CLOSED', 'The inverted index is closed.'))
    await this.#merges.drained()
    try {
      await this.settle()
    } catch (thrown) {
      this.#warn('postings could not be written; they are entered again at the next start', thrown)
    }
    await this.#segments.close()
  }

  #newMemory(): MemoryPart {
    return new MemoryPart(this.#segments.secret, this.#options.memoryPostings ?? MEMORY_POSTINGS)
  }

  #find(key: Uint32Array, into: Set<number>): void {
    this.#memory.find(key, into)
    this.#frozen?.find(key, into)
    for (const segment of this.#segments.all) {
      try {
        segment.find(key, into)
      } catch (thrown) {
        this.#lose(segment, EngineError.from(thrown)).catch((error: unknown) =>
          this.#warn('a damaged part remains', error),
        )
      }
    }
  }

  /** While one part is written the next collects; only when that is full, too, is the disk waited for. */
  async #makeRoom(): Promise<void> {
    while (this.#memory.isFull) {
      const writing = this.#flush()
      if (this.#memory.isFull) await writing
      else writing.catch(() => {}) // tried again by whoever needs the room
    }
    if (this.#segments.all.length >= MOST_SEGMENTS) await this.#merges.drained()
  }

  /** Begins to write what is in memory, unless that is under way. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#writeFrozen().finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  async #writeFrozen(): Promise<void> {
    if (this.#frozen === null) {
      this.#frozen = this.#memory
      this.#memory = this.#newMemory()
    }
    await this.#segments.write(this.#frozen.postings)
    this.#frozen = null
    if (this.#merges.pending === 0) void this.#merges.run(() => this.#mergeInBackground())
  }

  async #mergeInBackground(): Promise<void> {
    try {
      await this.#mergeAll(this.#closing.signal)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) this.#warn('parts of the inverted index could not be merged', thrown)
    }
  }

  async #mergeAll(signal: AbortSignal): Promise<number> {
    let removed = 0
    for (let next = this.#nextMerge(); next.length > 1; next = this.#nextMerge())
      removed += await this.#rewrite(next, signal)
    return removed
  }

  #nextMerge(): readonly Segment[] {
    return segmentsToMerge(this.#segments.all)
  }

  async #rewriteHalfDead(signal: AbortSignal): Promise<number> {
    let removed = 0
    for (const segment of this.#segments.all) {
      const dead = segment.numbers.reduce(
        (sum, number, i) => (this.#numbers.isDead(number) ? sum + (segment.counts[i] as number) : sum),
        0,
      )
      if (dead > 0 && dead * PURGED_SHARE >= segment.recordCount) removed += await this.#rewrite([segment], signal)
    }
    return removed
  }

  async #rewrite(segments: readonly Segment[], signal: AbortSignal): Promise<number> {
    throwIfAborted(signal)
    const dead = segments.flatMap(({ numbers }) => Array.from(numbers).filter((number) => this.#numbers.isDead(number)))
    try {
      return await this.#segments.merge(segments, Uint32Array.from(dead).sort(), signal)
    } catch (error) {
      const broken = segments.find(({ path }) => EngineError.is(error) && error.details.path === path)
      if (broken === undefined || !EngineError.is(error, 'STORE_CORRUPT')) throw error
      await this.#lose(broken, error)
      return 0
    }
  }

  /** Does without a damaged segment, and has its shards added again. */
  async #lose(segment: Segment, error: EngineError): Promise<void> {
    const lost = Array.from(segment.numbers, (number) => this.#numbers.lose(number)).filter((key) => key !== undefined)
    if (lost.length > 0) this.#warn('a part of the inverted index is damaged and is made anew', error)
    // Before anything is waited for: the look-up that met the damage is to know of it.
    if (lost.length > 0) this.#options.onLost?.(lost)
    await this.#segments.drop(segment)
  }

  #warn(message: string, thrown: unknown): void {
    this.#options.log.warn(message, { error: EngineError.from(thrown).message })
  }
}

/** How many postings each number has in all segments. */
function countsByNumber(segments: readonly Segment[]): Uint32Array {
  const all = new Uint32Array(segments.reduce((most, { numbers }) => Math.max(most, numbers.at(-1) ?? 0), 0) + 1)
  for (const { numbers, counts } of segments)
    for (let i = 0; i < numbers.length; i++) (all[numbers[i] as number] as number) += counts[i] as number
  return all
}
