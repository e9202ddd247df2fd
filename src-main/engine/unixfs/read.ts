import type { CID } from 'multiformats/cid'
import { EngineError, type LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/blockstore.ts'

export interface DagBlock {
  cid: CID
  bytes: Uint8Array
}
export interface WalkOptions {
  signal?: AbortSignal /** Reads under way at once. */
  prefetch?: number
}
export async function* walkDag(
  _blockstore: Blockstore,
  _root: CID,
  _options: WalkOptions = {},
): AsyncGenerator<DagBlock, void, void> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}

export type EntryType = 'file' | 'directory' | 'symlink' | 'other'
export interface DirectoryEntry {
  name: string
  cid: CID
  type: EntryType /** Bytes of file content below; null while unknown. */
  sizeBytes: number | null
}
export interface EntryPage {
  entries: DirectoryEntry[] /** Give it back as `after` for the next page; null at the end. */
  next: string | null
}
export async function listEntries(
  _blockstore: Blockstore,
  _directory: CID,
  _options: { after?: string | null; limit?: number; signal?: AbortSignal } = {},
): Promise<EntryPage> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
/** `path` is slash-separated, '' for the root itself. */
export async function resolvePath(
  _blockstore: Blockstore,
  _root: CID,
  _path: string,
  _options: { signal?: AbortSignal } = {},
): Promise<{ cid: CID; type: EntryType; sizeBytes: number | null /** CIDs walked, root first. */; proof: CID[] }> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export async function* readFile(
  _blockstore: Blockstore,
  _file: CID,
  _options: { start?: number; end?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void, void> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export interface ExportOptions extends LongWorkOptions {
  overwrite?: boolean
}
export interface Exported {
  path: string
  sizeBytes: number
  fileCount: number
}
export async function exportDag(
  _blockstore: Blockstore,
  _root: CID,
  _outPath: string,
  _options: ExportOptions = {},
): Promise<Exported> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export async function exportCar(
  _blockstore: Blockstore,
  _root: CID,
  _outPath: string,
  _options: ExportOptions & { version?: 1 | 2 } = {},
): Promise<{ path: string; carSize: number; blockCount: number }> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export interface DagSizes {
  /** Bytes of file content. */ payloadSize: number /** Bytes of the dense CARv1. */
  carSize: number
  blockCount: number /** Bytes of the blocks. */
  dagSizeBytes: number
}
export async function dagStat(_blockstore: Blockstore, _root: CID, _options: LongWorkOptions = {}): Promise<DagSizes> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
/** Random access to a dense CARv1. */
export interface CarView {
  readonly size: number
  readonly roots: readonly CID[]
  readonly blockCount: number
  /** Bytes from `start` up to, not including, `end`. */
  readRange(start: number, end: number, options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>
}
export async function denseCar(_blockstore: Blockstore, _root: CID, _options: LongWorkOptions = {}): Promise<CarView> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
