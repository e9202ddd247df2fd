import type { Store, StoreOperation } from '../../store/index.ts'

/**
 * Postings name shards by a number, so that they are short. A number is given out once: it is reserved in the store
 * before it is used, and what is left under a number whose shard is gone can never be taken for another shard.
 *
 * Rows: `/ps/<key>` -> number, flags and size of a shard whose postings are all in, as JSON; `/pu/<number>` -> a number
 * whose rows are to be removed, because its shard is gone or was never entered completely; `/pn` -> the next number to
 * reserve.
 */
const ENTERED = '/ps/'
const DEAD = '/pu/'
const NEXT = Buffer.from('/pn')
const RESERVE = 4096
const DIGEST_ONLY = 1

interface Entered {
  number: number
  /** Its postings know digests, not hash functions. */
  digestOnly: boolean
  /** Of the CAR; null when it was not known. Kept here so that it is known again after a restart. */
  sizeBytes: number | null
}

export class ShardNumbers {
  readonly #store: Store
  readonly #entered = new Map<string, Entered>()
  /** By number; numbers that are given out one after another leave few holes. */
  readonly #keys: Array<string | undefined> = []
  readonly #dead = new Set<number>()
  /** Numbers whose rows are being written: dead only if that does not come to its end. */
  readonly #entering = new Set<number>()
  #next = 0
  #reserved = 0
  #reserving: Promise<void> | null = null
  #digestOnly = 0

  constructor(store: Store) {
    this.#store = store
  }

  async load(shards: { has(key: string): boolean }): Promise<void> {
    const next = await this.#store.get(NEXT)
    this.#next = next === undefined ? 1 : Buffer.from(next).readUInt32BE(0)
    this.#reserved = this.#next
    for await (const { key } of this.#store.entries({ prefix: Buffer.from(DEAD) }))
      this.#dead.add(Buffer.from(key).readUInt32BE(DEAD.length))
    const gone: string[] = []
    for await (const { key, value } of this.#store.texts(ENTERED)) {
      const shard = key.slice(ENTERED.length)
      const entered = decodeEntered(value)
      if (entered === null) continue // the shard is entered anew, under another number
      this.#remember(shard, entered)
      if (!shards.has(shard)) gone.push(shard)
    }
    for (const shard of gone) await this.#store.batch(this.forget(shard), { durable: false })
  }

  has(shard: string): boolean {
    return this.#entered.has(shard)
  }

  keyOf(number: number): string | undefined {
    return this.#keys[number]
  }

  get anyDigestOnly(): boolean {
    return this.#digestOnly > 0
  }

  get dead(): ReadonlySet<number> {
    return this.#dead
  }

  /** A number that was never used before. */
  async take(): Promise<number> {
    while (this.#next >= this.#reserved) {
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = null
      })
      await this.#reserving
    }
    return this.#next++
  }

  /** Says that rows of this number are about to be written: after a crash they are to be removed. */
  begin(number: number): StoreOperation[] {
    this.#entering.add(number)
    return [{ type: 'put', key: deadKey(number), value: EMPTY }]
  }

  /** Says that writing its rows was given up. */
  abandon(number: number): void {
    if (this.#entering.delete(number)) this.#dead.add(number)
  }

  /** Says that all postings of a shard are in, under this number; a number it had before is dead then. */
  enter(shard: string, entered: Entered): StoreOperation[] {
    const { number } = entered
    const operations = this.forget(shard)
    this.#remember(shard, entered)
    operations.push({ type: 'put', key: Buffer.from(ENTERED + shard), value: encodeEntered(entered) })
    if (this.#entering.delete(number)) operations.push({ type: 'delete', key: deadKey(number) })
    return operations
  }

  /** Says that a shard has no postings any more; its number is dead until its rows are removed. */
  forget(shard: string): StoreOperation[] {
    const entered = this.#entered.get(shard)
    if (entered === undefined) return []
    this.#entered.delete(shard)
    this.#keys[entered.number] = undefined
    if (entered.digestOnly) this.#digestOnly--
    this.#dead.add(entered.number)
    return [
      { type: 'delete', key: Buffer.from(ENTERED + shard) },
      { type: 'put', key: deadKey(entered.number), value: EMPTY },
    ]
  }

  sizeOf(shard: string): number | null {
    return this.#entered.get(shard)?.sizeBytes ?? null
  }

  numberOf(shard: string): number | undefined {
    return this.#entered.get(shard)?.number
  }

  /** Says that no row of a number is left. */
  buried(number: number): StoreOperation[] {
    return this.#dead.delete(number) ? [{ type: 'delete', key: deadKey(number) }] : []
  }

  #remember(shard: string, entered: Entered): void {
    this.#entered.set(shard, entered)
    this.#keys[entered.number] = shard
    if (entered.digestOnly) this.#digestOnly++
  }

  async #reserve(): Promise<void> {
    const value = Buffer.alloc(4)
    value.writeUInt32BE(this.#next + RESERVE)
    await this.#store.batch([{ type: 'put', key: NEXT, value }], { durable: false })
    this.#reserved = this.#next + RESERVE
  }
}

const EMPTY = new Uint8Array(0)

function encodeEntered({ number, digestOnly, sizeBytes }: Entered): Uint8Array {
  return Buffer.from(JSON.stringify([number, digestOnly ? DIGEST_ONLY : 0, sizeBytes]))
}

/** null for a damaged row. */
function decodeEntered(value: string): Entered | null {
  try {
    const [number, flags, sizeBytes] = JSON.parse(value) as [number, number, number | null]
    if (!Number.isInteger(number) || !Number.isInteger(flags)) return null
    return { number, digestOnly: (flags & DIGEST_ONLY) !== 0, sizeBytes }
  } catch {
    return null
  }
}

function deadKey(number: number): Uint8Array {
  const key = Buffer.alloc(DEAD.length + 4)
  key.write(DEAD)
  key.writeUInt32BE(number, DEAD.length)
  return key
}
