import type { CID } from 'multiformats/cid'

export interface BlockOptions {
  signal?: AbortSignal
  /** Hash the bytes and compare with the CID. Default true. */
  verify?: boolean
  /**
   * Memory that a store may put the bytes of `get` into, somewhat longer than the block (256 bytes are enough). The result
   * may then be a view of it, good until the memory is used again. For loops over many blocks: getting new memory for
   * each costs as much as reading it.
   */
  into?: Uint8Array
}

/** Port: blocks by CID. Identity CIDs are answered from the CID itself. */
export interface Blockstore {
  /** Roots in the header of the CAR behind it; empty where there is none. */
  readonly roots: readonly CID[]
  has(cid: CID, options?: BlockOptions): Promise<boolean>
  /** BLOCK_NOT_FOUND when absent, BLOCK_MISMATCH when the bytes do not hash to the CID. */
  get(cid: CID, options?: BlockOptions): Promise<Uint8Array>
  /** Length of the block in bytes, without reading it where that is possible. */
  size(cid: CID, options?: BlockOptions): Promise<number>
  /** CIDs as stored, in section order; a snapshot as of the call. */
  cids(options?: BlockOptions): AsyncIterable<CID>
  close(): Promise<void>
}

export interface WritableBlockstore extends Blockstore {
  /** Appends unless present. The bytes are on disk for good only after `sync` or `finalize`. */
  put(cid: CID, bytes: Uint8Array, options?: BlockOptions): Promise<void>
  sync(): Promise<void>
}

/** A DAG that is held open for reading; release it when done. */
export interface OpenDag {
  readonly blockstore: Blockstore
  release(): Promise<void>
}

/** Port: finds whatever holds a CID (an import, a retrieval, a shard) and opens it. */
export interface DagSource {
  /** null when nothing here holds the CID. */
  open(cid: CID, options?: { signal?: AbortSignal }): Promise<OpenDag | null>
}
