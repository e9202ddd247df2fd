import type { CarIndex } from '../../car/index.ts'

/** Port: the full indexes of shards, by shard key. */
export interface IndexRepo {
  /** Prepares the place. STORE_CORRUPT when another version of the dagstore wrote it. */
  open(): Promise<void>
  /** Tells which keys have an index, without looking into them. */
  known(): Promise<{ has(key: string): boolean; size: number }>
  /** null where there is none. */
  stat(key: string): Promise<{ sizeBytes: number; path: string | null } | null>
  /** Opens without loading. INDEX_MISSING, INDEX_INVALID. */
  get(key: string): Promise<CarIndex>
  /**
   * Stores the index that `write` puts into the file at `path`, atomically and durably: the index that was there stays
   * until the new one is whole.
   */
  put<Result>(key: string, write: (path: string) => Promise<Result>): Promise<Result>
  /** Changes when the index changes; null where there is none. */
  fingerprint(key: string): Promise<string | null>
  /** Bytes freed; 0 when there was none. */
  delete(key: string): Promise<number>
  totalBytes(): Promise<number>
}
