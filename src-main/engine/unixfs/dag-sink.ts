import type { CID } from 'multiformats/cid'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import type { LongWorkOptions, TaskRunner } from '../base/index.ts'

/** Where the bytes of a leaf lie. */
export interface LeafPosition {
  /** Path of the source file as the builder opened it; '' for a stream. */
  path: string
  offset: number
  size: number
}

/** A regular file that was read, as it was before and after. */
export interface SourceFile {
  path: string
  sizeBytes: number
  mtimeMs: number
}

/**
 * Takes the blocks of a DAG as it is built: children before parents, each distinct block once. Identity CIDs are not
 * given, since they hold their own bytes. The builder waits for a returned promise before it goes on; bytes may be kept.
 */
export interface DagSink {
  /** Whether `leaf` needs the bytes. Without it (a linked import) they never leave the hashing threads. */
  readonly leafBytes: boolean
  /** A raw leaf. `bytes` is null unless `leafBytes`. */
  leaf(cid: CID, bytes: Uint8Array | null, at: LeafPosition): void | Promise<void>
  /** Any other node, with its bytes; under a profile without raw leaves also the leaves. */
  node(cid: CID, bytes: Uint8Array): void | Promise<void>
  /** A source file has been read to its end and did not change meanwhile. */
  source?(file: SourceFile): void | Promise<void>
}

export interface BuildOptions extends LongWorkOptions {
  profile: UnixfsProfile
  /** Without one only the root and the sizes are found. */
  sink?: DagSink
  tasks: TaskRunner
}

export interface BuiltDag {
  root: CID
  /** Bytes of file content, counting every file. */
  sizeBytes: number
  /** Distinct blocks and their bytes, identity CIDs counted as blocks: the figures of `ipfs dag stat`. */
  blockCount: number
  dagSizeBytes: number
  /** Distinct blocks that have to be stored, and their bytes: without identity CIDs. */
  storedBlockCount: number
  storedBytes: number
  /** Regular files read. */
  fileCount: number
  /** Levels of the root file's tree, leaves included; for a folder 0. */
  depth: number
}

/** A sink that keeps nothing. */
export const nullSink: DagSink = { leafBytes: false, leaf() {}, node() {} }
