import type { TransferState } from '../../../src-shared/contract/index.ts'

/**
 * What an incoming transfer does, as a table: state x event -> next state and effects. Pure; incoming-transfer.ts
 * performs the effects. An event that a state does not list changes nothing.
 */

export type TransferEvent =
  | 'run' // its owner wants it
  | 'admitted' // a place is free
  | 'succeeded'
  | 'failed-passing' // the attempt failed; another may succeed
  | 'failed-final'
  | 'backoff-over'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'restart'

export type TransferEffect =
  | 'enqueue' // wait for a place
  | 'leave-queue'
  | 'begin' // start an attempt
  | 'abort' // end the attempt under way, without waiting for it
  | 'schedule' // wait before the next attempt
  | 'unschedule'
  | 'resolve' // tell the owner that it is done
  | 'reject' // tell the owner why not
  | 'ask-owner' // have the owner run it again

export interface Transition {
  next: TransferState
  effects: readonly TransferEffect[]
}

export const TRANSFER_STATES = ['queued', 'running', 'waiting', 'paused', 'done', 'failed', 'cancelled'] as const
export const TRANSFER_EVENTS: readonly TransferEvent[] = [
  'run',
  'admitted',
  'succeeded',
  'failed-passing',
  'failed-final',
  'backoff-over',
  'pause',
  'resume',
  'cancel',
  'restart',
]

const ENDED: Partial<Record<TransferEvent, Transition>> = {
  run: { next: 'queued', effects: ['enqueue'] },
}

const TABLE: Record<TransferState, Partial<Record<TransferEvent, Transition>>> = {
  queued: {
    run: { next: 'queued', effects: ['enqueue'] },
    admitted: { next: 'running', effects: ['begin'] },
    pause: { next: 'paused', effects: ['leave-queue'] },
    cancel: { next: 'cancelled', effects: ['leave-queue', 'reject'] },
  },
  running: {
    succeeded: { next: 'done', effects: ['resolve'] },
    'failed-passing': { next: 'waiting', effects: ['schedule'] },
    'failed-final': { next: 'failed', effects: ['reject'] },
    pause: { next: 'paused', effects: ['abort'] },
    cancel: { next: 'cancelled', effects: ['abort', 'reject'] },
    restart: { next: 'queued', effects: ['abort', 'enqueue'] },
  },
  waiting: {
    'backoff-over': { next: 'queued', effects: ['enqueue'] },
    pause: { next: 'paused', effects: ['unschedule'] },
    resume: { next: 'queued', effects: ['unschedule', 'enqueue'] },
    cancel: { next: 'cancelled', effects: ['unschedule', 'reject'] },
    restart: { next: 'queued', effects: ['unschedule', 'enqueue'] },
  },
  paused: {
    // The owner may ask for it after a restart of the program: paused it stays.
    run: { next: 'paused', effects: [] },
    resume: { next: 'queued', effects: ['enqueue'] },
    cancel: { next: 'cancelled', effects: ['reject'] },
    restart: { next: 'queued', effects: ['enqueue'] },
  },
  done: ENDED,
  failed: { ...ENDED, restart: { next: 'failed', effects: ['ask-owner'] } },
  cancelled: { ...ENDED, restart: { next: 'cancelled', effects: ['ask-owner'] } },
}

/** null: the event means nothing in this state. */
export function transferTransition(state: TransferState, event: TransferEvent): Transition | null {
  return TABLE[state][event] ?? null
}

export function isEnded(state: TransferState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}
