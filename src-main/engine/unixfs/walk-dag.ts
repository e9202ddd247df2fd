import type { CID } from 'multiformats/cid'
import type { Blockstore } from '../blockstore/index.ts'
import { traverse } from './traverse.ts'

export interface DagBlock {
  cid: CID
  bytes: Uint8Array
}

export interface WalkOptions {
  signal?: AbortSignal
  /** Reads under way at once. Default 16. */
  prefetch?: number
  /** Hash every block and compare it with its CID. Default true. */
  verify?: boolean
}

/** Every block of a DAG with its bytes, in the order and with the errors of `traverse`. */
export async function* walkDag(
  blockstore: Blockstore,
  root: CID,
  options: WalkOptions = {},
): AsyncGenerator<DagBlock, void, void> {
  for await (const { cid, bytes } of traverse(blockstore, root, options)) if (bytes !== null) yield { cid, bytes }
}
