import type { DealView, ImportView, PieceView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { errorOf, GIB, MIB, minutesAgo, PROVIDER } from './fixture-values.ts'

export function dealsOf(chance: Chance, imports: readonly ImportView[], pieces: PieceView[]): DealView[] {
  const states: DealView['state'][] = [
    'transferring',
    'active',
    'failed',
    'active',
    'active',
    'verifying',
    'active',
    'active',
    'active',
    'cancelled',
    'active',
    'active',
  ]
  return states.map((state, at): DealView => {
    const origin = imports[at + 1]
    const piece = pieces[at]
    const dealId = `019c${(0x4f3a + at * 0x1b7).toString(16)}-7e2${at.toString(16)}`
    piece?.deals.push(dealId)
    const role = at % 4 === 3 ? 'provider' : 'client'
    const error =
      state === 'failed' ? errorOf('DEAL_REJECTED', 'The provider said no: it has no room for pieces of 32 GiB.') : null
    return {
      dealId,
      role,
      state,
      root: origin?.root ?? chance.rootCid(),
      pieceCid: piece?.pieceCid ?? null,
      pieceCidV2: piece?.pieceCidV2 ?? null,
      pieceSize: piece?.pieceSize ?? null,
      carSize: Math.round((piece?.pieceSize ?? GIB) * 0.88),
      provider: at % 3 === 2 ? 'https://provider.example:7777' : PROVIDER,
      message: DEAL_MESSAGES[state],
      error,
      progress:
        state === 'transferring'
          ? { phase: 'Transferring', doneBytes: 11.4 * GIB, totalBytes: 31.6 * GIB, rate: 96 * MIB, etaSeconds: 215 }
          : null,
      createdAt: minutesAgo(14 + at * 211),
      updatedAt: minutesAgo(at === 0 ? 0.1 : 9 + at * 199),
      timeline: timelineOf(state, role, 14 + at * 211),
      importId: role === 'client' ? (origin?.id ?? null) : null,
    }
  })
}

const DEAL_MESSAGES: Record<DealView['state'], string> = {
  preparing: 'The piece commitment of the data is being computed.',
  proposing: 'The provider is being asked whether it takes the deal.',
  accepted: 'Accepted. The data is fetched as soon as another transfer ends.',
  transferring: 'The provider is fetching the data from this machine.',
  verifying: 'The provider has all data and is computing its piece commitment.',
  'handing-off': 'The piece is being moved into the piece store.',
  active: 'The provider holds the piece and serves it.',
  failed: 'The deal was refused.',
  cancelled: 'You cancelled it before the data was transferred.',
}

function timelineOf(state: DealView['state'], role: DealView['role'], startedMinutesAgo: number): DealView['timeline'] {
  const path: DealView['state'][] =
    role === 'client'
      ? ['preparing', 'proposing', 'transferring', 'verifying', 'active']
      : ['accepted', 'transferring', 'verifying', 'handing-off', 'active']
  const end = path.indexOf(state)
  const passed = end === -1 ? [...path.slice(0, 2), state] : path.slice(0, end + 1)
  return passed.map((each, at) => ({
    state: each,
    at: minutesAgo(startedMinutesAgo - at * 2.5),
    message: DEAL_MESSAGES[each],
  }))
}
