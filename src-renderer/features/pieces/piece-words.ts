import type { PieceView } from '../../../src-shared/contract/index.ts'
import type { Tone } from '../../components/index.ts'

export function pieceStateOf({ state }: PieceView): { tone: Tone; label: string; explanation: string } {
  switch (state) {
    case 'unsealed':
      return { tone: 'ok', label: 'Unsealed', explanation: 'There is a copy that can be read at once.' }
    case 'sealed-only':
      return {
        tone: 'attention',
        label: 'Sealed only',
        explanation: 'It has to be unsealed before anything can be read.',
      }
    case 'missing':
      return { tone: 'failed', label: 'Missing', explanation: 'A deal names it, but no source has it.' }
  }
}

export const SOURCE_WORDS: Record<PieceView['source'], string> = {
  directory: 'Carport',
  'lotus-storage': 'Lotus storage',
  http: 'Piece server',
}
