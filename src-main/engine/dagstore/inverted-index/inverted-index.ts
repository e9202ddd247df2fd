import type { CarIndex } from '../../car/index.ts'

export interface AddOptions {
  signal?: AbortSignal
  /** Bytes of the CAR, to be remembered. */
  sizeBytes?: number | null
}

/** The shards that exist. What is kept for each is best kept under the key found here: a hundred thousand copies add up. */
export interface ShardsThere {
  find(key: string): { readonly key: string } | undefined
}

/**
 * Port: which shards hold a multihash. It can be made again from the indexes of the shards, and loses what it likes in a
 * crash, as long as `has` says so afterwards.
 */
export interface InvertedIndex {
  /** Prepares it; `shards` are those that exist. What is known of others is dropped. */
  open(shards: ShardsThere): Promise<void>
  /** Whether all postings of a shard are in. */
  has(shard: string): boolean
  /** Enters every multihash of a shard's index, in place of what was entered for the shard before. */
  add(shard: string, index: CarIndex, options?: AddOptions): Promise<void>
  /**
   * Says durably that another index is about to take the place of the one that a shard was entered from. Until it is
   * entered again, or `stay`s, a program that is killed finds it not entered at its next start.
   */
  leave(shard: string): Promise<void>
  /** Says that the index of a shard is still the one that it was entered from. */
  stay(shard: string): void
  /** As given to `add`, also of shards whose postings were lost. */
  sizeOf(shard: string): number | null
  /** Keys of the shards that hold the multihash; empty when none does. */
  lookup(multihash: Uint8Array): Promise<string[]>
  /** Forgets a shard. What it takes is freed by and by, and by `purge`. */
  remove(shard: string): Promise<void>
  /** Frees postings that belong to no shard any more, where they are more than a few. Stops between steps when `signal` is aborted. */
  purge(signal?: AbortSignal): Promise<{ removed: number }>
  /** Makes durable what is not. */
  settle(): Promise<void>
  /** As `settle`; no other method may be called from then on. */
  close(): Promise<void>
}
