import type { Verbs } from '../verbs.ts'
import { add } from './add.ts'
import { cidInfo } from './cid-info.ts'
import { commp } from './commp.ts'
import { listPieces } from './list-pieces.ts'
import { pieceInfo } from './piece-info.ts'

export const piecesVerbs = (verbs: Verbs) =>
  verbs.group('pieces', 'the piece store, and piece commitments', [listPieces, pieceInfo, cidInfo, add, commp])
