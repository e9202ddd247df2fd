/**
 * Port: an ordered map from byte strings to byte strings, where records live. It is asynchronous and batched and says
 * nothing of one process or one disk, so that a distributed engine can take the place of LevelDB.
 */
export type StoreOperation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'delete'; key: Uint8Array }

export interface StoreRange {
  /** Only keys that begin with these bytes. */
  prefix?: Uint8Array
  /** Only keys that sort after this one. */
  after?: Uint8Array
  reverse?: boolean
  limit?: number
}

export interface StoreEntry {
  key: Uint8Array
  value: Uint8Array
}

/** A row as text. Where its bytes are not UTF-8 there is U+FFFD. */
export interface TextEntry {
  key: string
  value: string
}

export interface Store {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** One answer for each key, in the keys' order. */
  getMany(keys: Uint8Array[]): Promise<Array<Uint8Array | undefined>>
  put(key: Uint8Array, value: Uint8Array): Promise<void>
  delete(key: Uint8Array): Promise<void>
  /**
   * All operations or none, also after a crash. With `durable` (the default) they survive a power cut once this
   * resolves.
   */
  batch(operations: StoreOperation[], options?: { durable?: boolean }): Promise<void>
  /** In ascending byte order of keys; a consistent view as of the call. */
  entries(range?: StoreRange): AsyncIterable<StoreEntry>
  /** As `entries`, for rows that are text: a quarter of the cost, which counts where a start reads all records. */
  texts(prefix: string): AsyncIterable<TextEntry>
  close(): Promise<void>
}
