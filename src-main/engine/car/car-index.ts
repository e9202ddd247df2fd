/** What an index of a CAR is to its users, whichever of the two formats it has. */

/** multicodec car-index-sorted: buckets by digest length. */
export const INDEX_SORTED = 0x0400
/** multicodec car-multihash-index-sorted: buckets by hash function, then by digest length. The default. */
export const MULTIHASH_INDEX_SORTED = 0x0401
export type IndexCodec = typeof INDEX_SORTED | typeof MULTIHASH_INDEX_SORTED

export function indexCodecName(codec: IndexCodec): string {
  return codec === INDEX_SORTED ? 'car-index-sorted' : 'car-multihash-index-sorted'
}

/** Records of one bucket, as they lie in the index: digest, then the offset as u64 little-endian. */
export interface IndexRecords {
  /** Hash function; null in a car-index-sorted, which does not record it. */
  hashCode: number | null
  digestLength: number
  count: number
  /** `count` records of digestLength + 8 bytes. Valid until the next batch is asked for. */
  bytes: Uint8Array
}

export interface CarIndex {
  readonly codec: IndexCodec
  readonly recordCount: number
  /** Length of the index in bytes, codec varint included. */
  readonly byteLength: number
  /** Whether `findSync` may be called. */
  readonly canFindSync: boolean
  /**
   * Offsets, from the start of the payload, of the sections whose multihash this is; empty when none. The section
   * there must still be compared: an index can be wrong.
   */
  find(multihash: Uint8Array, signal?: AbortSignal): Promise<number[]>
  findSync(multihash: Uint8Array): number[]
  /** All records in index order. UNSUPPORTED for a car-index-sorted. */
  entries(signal?: AbortSignal): AsyncIterable<{ multihash: Uint8Array; offset: number }>
  /** All records in index order, many at a time: the fast way. */
  batches(signal?: AbortSignal): AsyncIterable<IndexRecords>
  close(): Promise<void>
}
