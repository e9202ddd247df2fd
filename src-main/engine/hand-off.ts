import type { Logger } from './base/index.ts'
import type { Dagstore } from './dagstore/index.ts'
import type { StagedPiece } from './deals/index.ts'
import type { PieceStore } from './pieces/index.ts'

/**
 * What happens to a deal's piece once its data has arrived and is proven: it lands in the piece store and becomes a
 * shard. Repeating it after a crash does no harm: a piece that is there is kept, a shard that is there is left alone.
 */
export function handOffTo(to: { pieces: PieceStore; dagstore: Dagstore; log: Logger }) {
  return async (piece: StagedPiece): Promise<void> => {
    const { pieceCid, pieceCidV2, pieceSize, carSize, path } = piece
    await to.pieces.adopt(path, {
      pieceCid,
      pieceCidV2,
      pieceSize,
      rawSize: carSize,
      digest: pieceCid.multihash.digest,
    })
    await to.dagstore.registerPiece(pieceCid.toString())
    to.log.info('handed off', { dealId: piece.dealId, pieceCid: pieceCid.toString() })
  }
}
