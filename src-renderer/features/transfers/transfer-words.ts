import type { TransferView } from '../../../src-shared/contract/index.ts'
import { fractionOf, type Tone } from '../../components/index.ts'

export function transferStateOf({ state }: TransferView): { tone: Tone; label: string; moving?: boolean } {
  switch (state) {
    case 'queued':
      return { tone: 'waiting', label: 'Waiting its turn' }
    case 'running':
      return { tone: 'working', label: 'Running', moving: true }
    case 'waiting':
      return { tone: 'waiting', label: 'Waiting' }
    case 'paused':
      return { tone: 'idle', label: 'Paused' }
    case 'done':
      return { tone: 'ok', label: 'Done' }
    case 'failed':
      return { tone: 'failed', label: 'Failed' }
    case 'cancelled':
      return { tone: 'idle', label: 'Cancelled' }
  }
}

export const canPause = ({ state }: TransferView): boolean =>
  state === 'running' || state === 'queued' || state === 'waiting'
export const canResume = ({ state }: TransferView): boolean => state === 'paused'
export const canRestart = ({ state }: TransferView): boolean => state === 'failed' || state === 'cancelled'
export const isOver = ({ state }: TransferView): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled'

export const KIND_WORDS: Record<TransferView['kind'], string> = { dag: 'DAG', piece: 'Piece', 'deal-data': 'Deal data' }

export function fractionOfTransfer(transfer: TransferView): number | null {
  return transfer.state === 'done' ? 1 : fractionOf(transfer)
}
