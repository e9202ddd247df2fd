import type { ShardDetail, ShardState, ShardView } from '../../../src-shared/contract/index.ts'
import { EngineError, LiveRows, type RowSource } from '../base/index.ts'
import type { ShardLookup } from './dagstore-ports.ts'
import { type DamagedRow, damagedView } from './load-shards.ts'
import type { Shard } from './shard.ts'

/** The shards that there are, and the rows of which no shard could be made, as the table shows them. */
export class ShardCatalog {
  readonly #shards = new Map<string, Shard>()
  readonly #damaged = new Map<string, DamagedRow>()
  readonly table = new LiveRows<ShardView>(new Views(this.#shards, this.#damaged))

  load(shards: Iterable<Shard>, damaged: Iterable<DamagedRow>): void {
    for (const row of damaged) {
      this.#damaged.set(row.rowName, row)
      this.table.changed(row.rowName)
    }
    for (const shard of shards) this.add(shard)
  }

  get size(): number {
    return this.#shards.size
  }

  has(key: string): boolean {
    return this.#shards.has(key)
  }

  /** Of shards that a look-up should find. */
  *indexedKeys(): Iterable<string> {
    for (const { key, facts } of this.#shards.values()) if (!facts.gone && facts.state === 'Available') yield key
  }

  find(key: string): Shard | undefined {
    return this.#shards.get(key)
  }

  /** SHARD_NOT_FOUND, or MOUNT_INVALID where there is only a row that is no record. */
  get(key: string): Shard {
    const shard = this.#shards.get(key)
    if (shard !== undefined) return shard
    const damaged = this.#damaged.get(key)
    if (damaged !== undefined) throw new EngineError('MOUNT_INVALID', damaged.reason, { details: { key } })
    throw new EngineError('SHARD_NOT_FOUND', `There is no shard ${key}.`, { details: { key } })
  }

  /** The row of which no shard could be made, unless a shard has taken its place. */
  damaged(key: string): DamagedRow | undefined {
    return this.#shards.has(key) ? undefined : this.#damaged.get(key)
  }

  all(): Iterable<Shard> {
    return this.#shards.values()
  }

  /** By key. */
  sorted(): Shard[] {
    return [...this.#shards.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Every key, of damaged rows too, sorted. */
  keys(): string[] {
    return [...new Set([...this.#shards.keys(), ...this.#damaged.keys()])].sort()
  }

  view(key: string): ShardView {
    return this.table.get(key) ?? this.get(key).view
  }

  /** By key. */
  list({ state = null, failed = false }: { state?: ShardState | null; failed?: boolean }): ShardView[] {
    return this.table
      .rows()
      .filter((view) => (state === null || view.state === state) && (!failed || view.state === 'Errored'))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Those of the keys that are there, sorted. */
  statesOf(keys: string[]): ShardLookup[] {
    return keys
      .flatMap((key) => {
        const shard = this.#shards.get(key)
        return shard === undefined ? [] : [{ key, state: shard.facts.state, error: shard.error }]
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  add(shard: Shard): void {
    this.#damaged.delete(shard.key)
    this.#shards.set(shard.key, shard)
    this.table.changed(shard.key)
  }

  /** Renews the shard's row. */
  show(shard: Shard): void {
    if (this.#shards.get(shard.key) === shard) this.table.changed(shard.key)
  }

  remove(key: string): void {
    this.#shards.delete(key)
    this.#damaged.delete(key)
    this.table.changed(key)
  }
}

/** Rows as they are asked for: kept, they would take as much memory as the shards. */
class Views implements RowSource<ShardView> {
  readonly #shards: ReadonlyMap<string, Shard>
  readonly #damaged: ReadonlyMap<string, DamagedRow>

  constructor(shards: ReadonlyMap<string, Shard>, damaged: ReadonlyMap<string, DamagedRow>) {
    this.#shards = shards
    this.#damaged = damaged
  }

  get size(): number {
    return this.#shards.size + this.#damaged.size
  }

  get(key: string): ShardView | undefined {
    const shard = this.#shards.get(key)
    if (shard !== undefined) return shard.view
    const damaged = this.#damaged.get(key)
    return damaged === undefined ? undefined : damagedView(damaged)
  }

  *values(): Generator<ShardView, void, void> {
    for (const row of this.#damaged.values()) yield damagedView(row)
    for (const shard of this.#shards.values()) yield shard.view
  }
}

/** All that can be said of a row of which no shard could be made. */
export function damagedDetail(row: DamagedRow): ShardDetail {
  return {
    ...damagedView(row),
    blockCount: null,
    indexCodec: null,
    waiting: 0,
    attempts: [],
    copies: [],
    deals: [],
    lotusDeals: [],
  }
}
