import type { CID } from 'multiformats/cid'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import type { LongWorkOptions, RandomAccessReader, Table } from '../base/index.ts'
import type { PieceCommitment } from '../commp/index.ts'

export type PieceSourceKind = PieceView['source']
export type PieceState = PieceView['state']

/** What a source knows of one piece. */
export interface PieceStat {
  source: PieceSourceKind
  /** unsealed: can be read now; sealed-only: it is there but would have to be unsealed; missing: unknown to the source. */
  state: PieceState
  /** Bytes that `open` gives: the payload, with or without its zero padding. null where the source does not tell. */
  sizeBytes: number | null
  /** Padded piece size; null where the source does not tell. */
  pieceSize: number | null
  /** A file on this machine that holds exactly the bytes that `open` gives; null where there is none. */
  path: string | null
}

export interface PieceCallOptions {
  signal?: AbortSignal
}

/**
 * Port: where unsealed pieces can be read. Piece CIDs may be v1 or v2. The bytes are the payload, possibly followed by
 * the piece's zero padding; they are not verified against the CID when read.
 */
export interface PieceSource {
  readonly kind: PieceSourceKind
  stat(pieceCid: CID, options?: PieceCallOptions): Promise<PieceStat>
  /** PIECE_NOT_FOUND when missing, PIECE_SEALED when there is only a sealed copy. Close the reader when done. */
  open(pieceCid: CID, options?: PieceCallOptions): Promise<RandomAccessReader>
}

/** Port: a piece source that Carport may write to. */
export interface PieceStore extends PieceSource {
  readonly table: Table<PieceView>
  /** Every piece, by piece CID. */
  list(): PieceView[]
  /** PIECE_NOT_FOUND when it is not here. */
  get(pieceCid: CID): PieceView
  /**
   * Copies a file in while hashing it. PIECE_MISMATCH, and nothing kept, when `expected` names another piece. A piece
   * that is here already is left as it is.
   */
  add(path: string, options?: LongWorkOptions & { expected?: CID }): Promise<PieceView>
  /** Takes over a file whose commitment has been checked, by rename where it lies on the same file system. */
  adopt(stagedPath: string, commitment: PieceCommitment): Promise<PieceView>
  remove(pieceCid: CID): Promise<{ freedBytes: number }>
}
