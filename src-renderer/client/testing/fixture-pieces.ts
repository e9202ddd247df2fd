import type { PieceView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { minutesAgo } from './fixture-values.ts'

export function pieceOf(chance: Chance, at: number): PieceView {
  const pieceSize = 2 ** (28 + chance.int(8))
  const pieceCid = chance.pieceCid()
  const state = at % 17 === 5 ? 'missing' : at % 9 === 4 ? 'sealed-only' : 'unsealed'
  const source = at % 4 === 3 ? 'lotus-storage' : at % 11 === 6 ? 'http' : 'directory'
  return {
    pieceCid,
    pieceCidV2: chance.rootCid(),
    pieceSize,
    sizeBytes: state === 'unsealed' ? Math.round(pieceSize * (0.7 + chance.next() * 0.29)) : null,
    path: state === 'unsealed' && source !== 'http' ? `/home/ada/.carport/pieces/${pieceCid}.car` : null,
    source,
    state,
    hasShard: at % 7 !== 3,
    deals: [],
    lotusDeals: [],
    addedAt: minutesAgo(20 + at * 613),
  }
}
