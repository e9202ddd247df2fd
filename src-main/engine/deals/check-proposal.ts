import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { isPieceSize, MIN_PAYLOAD_BYTES, parsePieceCid, unpaddedPieceSize } from '../commp/index.ts'
import type { DealProposal } from '../net/index.ts'

/** The largest sector there is. */
const MAX_PIECE_SIZE = 64 * 1024 ** 3

/** What a proposal names, once it makes sense as a deal. DEAL_REJECTED says what is wrong with it. */
export function checkProposal(proposal: DealProposal): { root: CID; pieceCid: CID } {
  const { pieceSize, carSize } = proposal
  if (!isPieceSize(pieceSize)) throw rejected(`${pieceSize} is not a piece size: a power of two from 128 on is`)
  if (pieceSize > MAX_PIECE_SIZE) throw rejected(`a piece of ${pieceSize} bytes is larger than any sector`)
  if (carSize < MIN_PAYLOAD_BYTES) throw rejected(`${carSize} bytes are too few to make a piece`)
  if (carSize > unpaddedPieceSize(pieceSize))
    throw rejected(`a CAR of ${carSize} bytes does not fit into a piece of ${pieceSize}`)
  return { root: cidOf(proposal.root, 'root'), pieceCid: pieceCidOf(proposal.pieceCid) }
}

function cidOf(text: string, what: string): CID {
  try {
    return CID.parse(text)
  } catch {
    throw rejected(`its ${what} is not a CID`)
  }
}

function pieceCidOf(text: string): CID {
  try {
    return parsePieceCid(text).pieceCid
  } catch {
    throw rejected('its piece CID names no piece')
  }
}

function rejected(why: string): EngineError {
  return new EngineError('DEAL_REJECTED', `The proposal was rejected: ${why}.`)
}
