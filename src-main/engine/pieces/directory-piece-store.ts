import type { CID } from 'multiformats/cid'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, LongWorkOptions, RandomAccessReader, TaskRunner } from '../base/index.ts'
import { Table } from '../base/index.ts'
import type { PieceCommitment } from '../commp/index.ts'
import type { Store } from '../store/index.ts'
import type { PieceStat, PieceStore } from './piece-source.ts'

/** What other modules know of a piece, for its row. */
export interface PieceLinks {
  hasShard(pieceCid: string): boolean
  /** Ids of the deals on this piece. */
  deals(pieceCid: string): string[]
}

export interface DirectoryPieceStoreOptions {
  directory: string
  /** Keeps sizes and times under the namespace `pieces`. */
  store: Store
  tasks: TaskRunner
  clock: Clock
  log: Logger
  links?: PieceLinks
}

/** Carport's own pieces: `<directory>/<piece CID>.car`. */
export class DirectoryPieceStore implements PieceStore {
  readonly kind = 'directory'
  readonly table = new Table<PieceView>((row) => row.pieceCid)

  /** Clears what a crash left, and takes up files that were put there by hand. */
  static open(_options: DirectoryPieceStoreOptions): Promise<DirectoryPieceStore> {
    return Promise.reject(new Error('pending'))
  }
  /** Says who knows of shards and deals; may be called once those modules exist. */
  setLinks(_links: PieceLinks): void {}
  /** Renews the row of a piece whose shard or deals changed. */
  refresh(_pieceCid: CID | string): void {}
  list(): PieceView[] {
    return []
  }
  get(_pieceCid: CID): PieceView {
    throw new Error('pending')
  }
  stat(_pieceCid: CID): Promise<PieceStat> {
    return Promise.reject(new Error('pending'))
  }
  open(_pieceCid: CID): Promise<RandomAccessReader> {
    return Promise.reject(new Error('pending'))
  }
  add(_path: string, _options: LongWorkOptions & { expected?: CID } = {}): Promise<PieceView> {
    return Promise.reject(new Error('pending'))
  }
  adopt(_stagedPath: string, _commitment: PieceCommitment): Promise<PieceView> {
    return Promise.reject(new Error('pending'))
  }
  remove(_pieceCid: CID): Promise<{ freedBytes: number }> {
    return Promise.reject(new Error('pending'))
  }
  async close(): Promise<void> {}
}
