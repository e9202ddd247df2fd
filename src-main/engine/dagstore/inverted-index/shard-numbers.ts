import type { Store, StoreOperation } from '../../store/index.ts'
import type { DeferredRows } from '../deferred-rows.ts'
import type { ShardsThere } from './inverted-index.ts'

/**
 * Postings name shards by a number, so that they are short. A number is given out once: what is left under a number
 * whose shard is gone can never be taken for another shard.
 *
 * Rows: `/ps/<key>` -> number, flags, size and number of postings of a shard, as JSON; `/pn` -> a number that was not
 * given out yet. They wait for the next durable batch, since they mean nothing before the postings are durable, whose
 * batch is one.
 */
const ENTERED = '/ps/'
const NEXT = Buffer.from('/pn')
/** So many numbers are given out before `/pn` is written anew. */
const RESERVE = 4096
const DIGEST_ONLY = 1
const LEAVING = 2

export interface EnteredShard {
  number: number
  postings: number
  /** Its postings know digests, not hash functions. */
  digestOnly: boolean
  /** Of the CAR; null when it was not known. Kept here so that it is known again after a restart. */
  sizeBytes: number | null
}

export class ShardNumbers {
  readonly #store: Store
  readonly #rows: DeferredRows
  readonly #entered = new Map<string, EnteredShard>()
  /** Sizes of shards that were entered once, and whose postings are not all there. */
  readonly #sizes = new Map<string, number | null>()
  /** By number; numbers that are given out one after another leave few holes. */
  readonly #keys: Array<string | undefined> = []
  /** Whose postings are being entered. */
  readonly #entering = new Set<number>()
  #next = 1
  #reserved = 0
  #digestOnly = 0

  constructor(store: Store, rows: DeferredRows) {
    this.#store = store
    this.#rows = rows
  }

  /** `postingsOf` says how many postings of a number there are: a shard that lacks some was not entered. */
  async load(shards: ShardsThere, postingsOf: (number: number) => number): Promise<void> {
    const next = await this.#store.get(NEXT)
    if (next !== undefined) this.#next = Buffer.from(next).readUInt32BE(0)
    for await (const { key, value } of this.#store.texts(ENTERED)) {
      const name = key.slice(ENTERED.length)
      const shard = shards.find(name)?.key
      const entered = decodeEntered(value)
      if (shard === undefined) this.#rows.add(deletion(name))
      else if (entered !== null && !entered.leaving && postingsOf(entered.number) === entered.postings)
        this.#remember(shard, entered)
      else this.#sizes.set(shard, entered?.sizeBytes ?? null)
    }
  }

  has(shard: string): boolean {
    return this.#entered.has(shard)
  }

  keyOf(number: number): string | undefined {
    return this.#keys[number]
  }

  /** Whether postings of this number are of no use, now and for ever. */
  isDead(number: number): boolean {
    return this.#keys[number] === undefined && !this.#entering.has(number)
  }

  get anyDigestOnly(): boolean {
    return this.#digestOnly > 0
  }

  /** A number that was never used before. */
  begin(): number {
    const number = this.#next++
    if (number >= this.#reserved) {
      this.#reserved = number + RESERVE
      const value = Buffer.alloc(4)
      value.writeUInt32BE(this.#reserved)
      this.#rows.add({ type: 'put', key: NEXT, value })
    }
    this.#entering.add(number)
    return number
  }

  /** Says that entering its postings was given up. */
  abandon(number: number): void {
    this.#entering.delete(number)
  }

  /** Says that all postings of a shard are in, under this number; a number it had before is dead then. */
  enter(shard: string, given: EnteredShard): void {
    const entered = { ...given, sizeBytes: given.sizeBytes ?? this.sizeOf(shard) }
    this.#entering.delete(entered.number)
    this.#drop(shard)
    this.#remember(shard, entered)
    this.#rows.add({ type: 'put', key: Buffer.from(ENTERED + shard), value: encodeEntered(entered) })
  }

  /**
   * Says whether the index that a shard was entered from is about to be replaced: it does not count as entered at the
   * next start then. False when it was not known.
   */
  setLeaving(shard: string, isLeaving: boolean): boolean {
    const entered = this.#entered.get(shard)
    if (entered === undefined) return false
    this.#rows.add({ type: 'put', key: Buffer.from(ENTERED + shard), value: encodeEntered(entered, isLeaving) })
    return true
  }

  /** Says that a shard is gone; false when it was not known. */
  forget(shard: string): boolean {
    if (!this.#entered.has(shard) && !this.#sizes.has(shard)) return false
    this.#drop(shard)
    this.#rows.add(deletion(shard))
    return true
  }

  /** Says that postings of a number were lost. Gives the shard whose they were. */
  lose(number: number): string | undefined {
    const shard = this.#keys[number]
    if (shard === undefined) return undefined
    const size = this.sizeOf(shard)
    this.#drop(shard)
    this.#sizes.set(shard, size)
    return shard
  }

  sizeOf(shard: string): number | null {
    return this.#entered.get(shard)?.sizeBytes ?? this.#sizes.get(shard) ?? null
  }

  #remember(shard: string, entered: EnteredShard): void {
    this.#entered.set(shard, entered)
    this.#keys[entered.number] = shard
    if (entered.digestOnly) this.#digestOnly++
  }

  #drop(shard: string): void {
    this.#sizes.delete(shard)
    const entered = this.#entered.get(shard)
    if (entered === undefined) return
    this.#entered.delete(shard)
    this.#keys[entered.number] = undefined
    if (entered.digestOnly) this.#digestOnly--
  }
}

function deletion(shard: string): StoreOperation {
  return { type: 'delete', key: Buffer.from(ENTERED + shard) }
}

function encodeEntered({ number, digestOnly, sizeBytes, postings }: EnteredShard, isLeaving = false): Uint8Array {
  const flags = (digestOnly ? DIGEST_ONLY : 0) | (isLeaving ? LEAVING : 0)
  return Buffer.from(JSON.stringify([number, flags, sizeBytes, postings]))
}

/** null for a damaged row: the shard is entered anew, under another number. */
function decodeEntered(value: string): (EnteredShard & { leaving: boolean }) | null {
  try {
    const [number, flags, sizeBytes, postings] = JSON.parse(value) as [number, number, number | null, number]
    if (![number, flags, postings].every(Number.isInteger)) return null
    return {
      ...{ number, sizeBytes, postings },
      digestOnly: (flags & DIGEST_ONLY) !== 0,
      leaving: (flags & LEAVING) !== 0,
    }
  } catch {
    return null
  }
}
