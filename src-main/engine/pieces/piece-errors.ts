import { EngineError } from '../base/index.ts'

export function pieceNotFound(pieceCid: string): EngineError {
  return new EngineError('PIECE_NOT_FOUND', `No source has piece ${pieceCid}.`, { details: { pieceCid } })
}

export function pieceSealed(pieceCid: string): EngineError {
  return new EngineError(
    'PIECE_SEALED',
    `Piece ${pieceCid} is here in a sealed sector only: unseal it, or add an unsealed copy.`,
    { details: { pieceCid } },
  )
}

export function pieceMismatch(path: string, expected: string, actual: string): EngineError {
  return new EngineError('PIECE_MISMATCH', `${path} is piece ${actual}, not ${expected}.`, {
    details: { path, expected, actual },
  })
}
