import { EngineError, type Logger } from './base/index.ts'
import type { Dagstore } from './dagstore/index.ts'
import type { StagedPiece } from './deals/index.ts'
import type { PieceStore } from './pieces/index.ts'

/**
 * What happens to a deal's piece once its data has arrived and is proven: it lands in the piece store and becomes a
 * shard. Repeating it after a crash does no harm: a piece that is there is kept, a shard that is there is left alone.
 * A piece that cannot be indexed is a deal kept all the same: the shard is Errored, says why, and can be recovered.
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
    const fields = { dealId: piece.dealId, pieceCid: pieceCid.toString() }
    try {
      await to.dagstore.registerPiece(pieceCid)
      to.log.info('handed off', fields)
    } catch (error) {
      const { code, message } = EngineError.from(error)
      if (code === 'CLOSED') throw error
      to.log.warn('failed to activate shard', { ...fields, code, error: message })
    }
  }
}
