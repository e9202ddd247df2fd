import type { CarIndex } from '../../car/index.ts'

export interface AddOptions {
  signal?: AbortSignal
  /** Bytes of the CAR, to be remembered. */
  sizeBytes?: number | null
}

/** Port: which shards hold a multihash. */
export interface InvertedIndex {
  /** Prepares it; `shards` are those that exist. What is known of others is dropped. */
  open(shards: { has(key: string): boolean }): Promise<void>
  /** Whether all postings of a shard are in. */
  has(shard: string): boolean
  /** Enters every multihash of a shard's index, in place of what was entered for the shard before. */
  add(shard: string, index: CarIndex, options?: AddOptions): Promise<void>
  /** As given to `add`. */
  sizeOf(shard: string): number | null
  /** Keys of the shards that hold the multihash; empty when none does. */
  lookup(multihash: Uint8Array): Promise<string[]>
  /** Forgets a shard at once, and removes its rows by its index; without one they are removed by and by. */
  remove(shard: string, index: CarIndex | null): Promise<void>
  /** Removes rows that belong to no shard any more. Stops between steps when `signal` is aborted. */
  purge(signal?: AbortSignal): Promise<{ removed: number }>
}
