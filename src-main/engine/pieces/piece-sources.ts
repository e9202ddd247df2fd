import type { CID } from 'multiformats/cid'
import type { RandomAccessReader } from '../base/index.ts'
import type { PieceCallOptions, PieceSource, PieceStat } from './piece-source.ts'

export interface PieceSourcesOptions {
  /** Asked in this order; an unsealed copy anywhere wins over a sealed one. */
  sources: PieceSource[]
  /** Storage calls at once; 0 means no limit. May be changed later (`concurrency`). */
  maxConcurrentCalls: number
}

/** Several piece sources as one. */
export class PieceSources {
  constructor(_options: PieceSourcesOptions) {}
  /** Live limit of storage calls. */
  concurrency = 0
  /** The best copy that any source has. */
  stat(_pieceCid: CID, _options: PieceCallOptions = {}): Promise<PieceStat> {
    return Promise.reject(new Error('pending'))
  }
  /** One answer for each source. */
  copies(_pieceCid: CID, _options: PieceCallOptions = {}): Promise<PieceStat[]> {
    return Promise.reject(new Error('pending'))
  }
  /** PIECE_NOT_FOUND, PIECE_SEALED, or the last failure of a source that has the piece. */
  open(_pieceCid: CID, _options: PieceCallOptions = {}): Promise<RandomAccessReader> {
    return Promise.reject(new Error('pending'))
  }
}
