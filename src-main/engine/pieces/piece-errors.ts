import { EngineError } from '../base/index.ts'

export function pieceNotFound(pieceCid: string): EngineError {
  return new EngineError('PIECE_NOT_FOUND', `No source has piece ${pieceCid}.`, { details: { pieceCid } })
}

/** `damage`: why an unsealed copy that is there, too, is of no use. */
export function pieceSealed(pieceCid: string, damage: EngineError | null = null): EngineError {
  const more = damage === null ? '' : ` An unsealed copy is damaged: ${damage.message}`
  return new EngineError(
    'PIECE_SEALED',
    `Piece ${pieceCid} is here in a sealed sector only: unseal it, or add an unsealed copy.${more}`,
    { cause: damage ?? undefined, details: { pieceCid } },
  )
}

export function pieceMismatch(path: string, expected: string, actual: string): EngineError {
  return new EngineError('PIECE_MISMATCH', `${path} is piece ${actual}, not ${expected}.`, {
    details: { path, expected, actual },
  })
}
