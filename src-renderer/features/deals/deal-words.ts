import type { DealState, DealView } from '../../../src-shared/contract/index.ts'
import type { Tone } from '../../components/index.ts'

interface StateWords {
  tone: Tone
  label: string
  moving?: boolean
}

const STATES: Record<DealState, StateWords> = {
  preparing: { tone: 'working', label: 'Computing the piece', moving: true },
  proposing: { tone: 'working', label: 'Proposing', moving: true },
  accepted: { tone: 'waiting', label: 'Accepted' },
  transferring: { tone: 'working', label: 'Transferring', moving: true },
  verifying: { tone: 'working', label: 'Verifying', moving: true },
  'handing-off': { tone: 'working', label: 'Handing off', moving: true },
  active: { tone: 'ok', label: 'Active' },
  failed: { tone: 'failed', label: 'Failed' },
  cancelled: { tone: 'idle', label: 'Cancelled' },
}

export function dealStateOf({ state }: Pick<DealView, 'state'>): StateWords {
  return STATES[state]
}

export function hasEnded({ state }: DealView): boolean {
  return state === 'active' || state === 'failed' || state === 'cancelled'
}

/** The states still to come, in their order, for the timeline of a deal that is under way. */
export function statesAhead({ role, state }: DealView): DealState[] {
  const path: DealState[] =
    role === 'client'
      ? ['preparing', 'proposing', 'transferring', 'verifying', 'active']
      : ['accepted', 'transferring', 'verifying', 'handing-off', 'active']
  const at = path.indexOf(state)
  return at === -1 ? [] : path.slice(at + 1)
}

/** `127.0.0.1:7777` of a base URL. */
export function providerName(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '')
}
