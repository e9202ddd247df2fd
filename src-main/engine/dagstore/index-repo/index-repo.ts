import type { EngineError } from '../../base/index.ts'
import type { CarIndex } from '../../car/index.ts'

/** What is known of an index whose structure was looked at: its length, or why it cannot be used. */
export type IndexCheck = { key: string; byteLength: number } | { key: string; error: EngineError }

/** Port: the full indexes of shards, by shard key. */
export interface IndexRepo {
  /**
   * Prepares the place and says what is there: `fileNameOfKey` of each index, also of keys that are no shards.
   * STORE_CORRUPT when another version of the dagstore wrote it.
   */
  open(): Promise<Set<string>>
  /** null where there is none. */
  stat(key: string): Promise<{ sizeBytes: number; path: string | null } | null>
  /** Opens without loading. INDEX_MISSING, INDEX_INVALID. */
  get(key: string): Promise<CarIndex>
  /** Looks at the structure of many; INDEX_INVALID also of one that is not as it was `put`, where that can be told cheaply. */
  check(keys: string[], signal?: AbortSignal): Promise<IndexCheck[]>
  /**
   * Stores the index that `write` puts into the file at `path`, atomically: the index that was there stays until the
   * new one is whole. `write` gives the index back where its file is not synced. It survives a power cut once a record
   * that is written afterwards does.
   */
  put<Result extends { content: Uint8Array | null }>(
    key: string,
    write: (path: string) => Promise<Result>,
  ): Promise<Result>
  /** Syncs files that are not synced yet; gives up early when `signal` is aborted. */
  settle(signal?: AbortSignal): Promise<void>
  /** Changes when the index changes; null where there is none. */
  fingerprint(key: string): Promise<string | null>
  /** Bytes freed; 0 when there was none. */
  delete(key: string): Promise<number>
}
