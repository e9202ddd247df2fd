import type { PieceCommitment } from '../commp/index.ts'
import type { PieceRow } from './piece-rows.ts'

/**
 * What is kept of a piece in the directory beside its bytes. A file without a record was put there by hand; a record
 * without its file was there once.
 *
 * `state` makes additions and removals whole after a crash: a record is `arriving` before its file gets its name, and
 * `leaving` before its file is removed.
 */
export interface PieceRecord {
  version: 1
  state: 'arriving' | 'here' | 'leaving'
  /** v1. */
  pieceCid: string
  pieceCidV2: string | null
  rawSize: number
  pieceSize: number
  /** Size of the file. */
  sizeBytes: number
  addedAt: string
}

export function recordOf(commitment: PieceCommitment, sizeBytes: number, addedAt: string): PieceRecord {
  return {
    version: 1,
    state: 'arriving',
    pieceCid: commitment.pieceCid.toString(),
    pieceCidV2: commitment.pieceCidV2?.toString() ?? null,
    rawSize: commitment.rawSize,
    pieceSize: commitment.pieceSize,
    sizeBytes,
    addedAt,
  }
}

/** The row of a piece; `file` is null when there is none. */
export function rowOf(
  pieceCid: string,
  record: PieceRecord | undefined,
  file: { path: string; sizeBytes: number } | null,
): PieceRow {
  return {
    pieceCid,
    pieceCidV2: record?.pieceCidV2 ?? null,
    pieceSize: record?.pieceSize ?? null,
    sizeBytes: file?.sizeBytes ?? null,
    path: file?.path ?? null,
    source: 'directory',
    state: file === null ? 'missing' : 'unsealed',
    addedAt: record?.addedAt ?? null,
  }
}
