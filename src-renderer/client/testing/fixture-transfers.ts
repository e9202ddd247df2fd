import type { TransferView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { errorOf, GIB, MIB, minutesAgo } from './fixture-values.ts'

export function transfersOf(chance: Chance): TransferView[] {
  const states: TransferView['state'][] = [
    'running',
    'running',
    'waiting',
    'paused',
    'queued',
    'failed',
    'done',
    'done',
    'done',
    'cancelled',
    'done',
  ]
  return states.map((state, at): TransferView => {
    const totalBytes = Math.round((2 + chance.next() * 30) * GIB)
    const over = state === 'done' || state === 'failed' || state === 'cancelled'
    const kind = at % 3 === 0 ? 'deal-data' : at % 3 === 1 ? 'dag' : 'piece'
    const doneBytes =
      state === 'done' ? totalBytes : state === 'queued' ? 0 : Math.round(totalBytes * (0.15 + chance.next() * 0.7))
    return {
      id: `t-${(4801 + at * 37).toString(36)}`,
      direction: at % 2 === 0 ? 'out' : 'in',
      kind,
      what: kind === 'dag' ? chance.rootCid() : chance.pieceCid(),
      counterparty: at % 3 === 1 ? 'https://provider.example:7777' : '10.0.7.21',
      state,
      message: TRANSFER_MESSAGES[state],
      error:
        state === 'failed' ? errorOf('PEER_UNAVAILABLE', 'The other side did not answer five times in a row.') : null,
      doneBytes,
      totalBytes,
      rate: state === 'running' ? (60 + at * 41) * MIB : 0,
      etaSeconds: state === 'running' ? (totalBytes - doneBytes) / ((60 + at * 41) * MIB) : null,
      retries: state === 'waiting' ? 2 : state === 'failed' ? 5 : 0,
      startedAt: minutesAgo(3 + at * 47),
      endedAt: over ? minutesAgo(1 + at * 40) : null,
      ownerId: null,
      log: [
        { at: minutesAgo(3 + at * 47), message: 'Asked for by 10.0.7.21.' },
        { at: minutesAgo(2.9 + at * 47), message: 'Continues at byte 0.' },
        ...(state === 'waiting' ? [{ at: minutesAgo(0.4), message: 'Connection reset. Tries again in 8 s.' }] : []),
        ...(state === 'failed'
          ? [{ at: minutesAgo(1 + at * 40), message: 'No answer five times in a row. Given up.' }]
          : []),
      ],
    }
  })
}

const TRANSFER_MESSAGES: Record<TransferView['state'], string> = {
  queued: 'Waits until another transfer ends',
  running: 'Sending blocks',
  waiting: 'The other side broke off; tries again in 8 s',
  paused: 'Paused by you',
  done: 'All bytes arrived and were checked.',
  failed: 'Given up after five attempts.',
  cancelled: 'You cancelled it.',
}
