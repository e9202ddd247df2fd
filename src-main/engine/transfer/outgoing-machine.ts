import type { TransferState } from '../../../src-shared/contract/index.ts'

/**
 * What an outgoing transfer does. Peers drive it: it runs while one reads. Pure; outgoing-transfer.ts performs the
 * effects. An event that a state does not list changes nothing.
 */

export type OutgoingEvent =
  | 'read' // a peer begins to read
  | 'idle' // nobody has read for a while; the last read was served to its end
  | 'idle-cut' // the same, but the last read was not
  | 'owner-done'
  | 'owner-failed'
  | 'owner-cancelled'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'restart'

/** cut: end the reads under way. */
export type OutgoingEffect = 'cut'

export interface OutgoingTransition {
  next: TransferState
  effects: readonly OutgoingEffect[]
}

export const OUTGOING_EVENTS: readonly OutgoingEvent[] = [
  'read',
  'idle',
  'idle-cut',
  'owner-done',
  'owner-failed',
  'owner-cancelled',
  'pause',
  'resume',
  'cancel',
  'restart',
]

const to = (next: TransferState, ...effects: OutgoingEffect[]): OutgoingTransition => ({ next, effects })

const OWNER_ENDS = {
  'owner-done': to('done', 'cut'),
  'owner-failed': to('failed', 'cut'),
  'owner-cancelled': to('cancelled', 'cut'),
}

const TABLE: Record<TransferState, Partial<Record<OutgoingEvent, OutgoingTransition>>> = {
  // Not used for outgoing ones.
  queued: {},
  running: {
    ...OWNER_ENDS,
    idle: to('done'),
    'idle-cut': to('failed'),
    pause: to('paused', 'cut'),
    cancel: to('cancelled', 'cut'),
    restart: to('waiting', 'cut'),
  },
  /** The peer may come back: it belongs to a deal, or was taken up again here. */
  waiting: {
    ...OWNER_ENDS,
    read: to('running'),
    pause: to('paused'),
    cancel: to('cancelled'),
  },
  /** Reads are refused for now. */
  paused: {
    ...OWNER_ENDS,
    resume: to('waiting'),
    cancel: to('cancelled'),
    restart: to('waiting'),
  },
  done: { read: to('running') },
  failed: { read: to('running') },
  /** Reads are refused for good, unless it is taken up again here. */
  cancelled: { restart: to('waiting') },
}

export function outgoingTransition(state: TransferState, event: OutgoingEvent): OutgoingTransition | null {
  return TABLE[state][event] ?? null
}
