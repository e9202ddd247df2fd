import type { RetrievalState } from '../../../src-shared/contract/index.ts'

/**
 * What a retrieval does, as a table: state x event -> next state and effects. Pure; retrievals.ts performs the effects
 * and feeds the outcome back as events. An event that a state does not list changes nothing.
 */

export type RetrievalEvent =
  | 'resume' // the program has started again
  | 'received' // the CAR is complete, and nothing is to be exported
  | 'received-to-export'
  | 'exported'
  | 'failed'
  | 'cancel'
  | 'retry' // blocks are missing
  | 'retry-export' // only the export is

export type RetrievalEffect = 'receive' | 'export' | 'abort' | 'discard' // remove the CAR unless it is complete

export interface RetrievalTransition {
  next: RetrievalState
  effects: readonly RetrievalEffect[]
}

export const RETRIEVAL_STATES = ['transferring', 'exporting', 'done', 'failed', 'cancelled'] as const
export const RETRIEVAL_EVENTS: readonly RetrievalEvent[] = [
  'resume',
  'received',
  'received-to-export',
  'exported',
  'failed',
  'cancel',
  'retry',
  'retry-export',
]

const to = (next: RetrievalState, ...effects: RetrievalEffect[]): RetrievalTransition => ({ next, effects })

const AGAIN = {
  retry: to('transferring', 'receive'),
  'retry-export': to('exporting', 'export'),
  // By hand, to another place.
  exported: to('done'),
}

const TABLE: Record<RetrievalState, Partial<Record<RetrievalEvent, RetrievalTransition>>> = {
  transferring: {
    resume: to('transferring', 'receive'),
    received: to('done'),
    'received-to-export': to('exporting', 'export'),
    failed: to('failed', 'abort'),
    cancel: to('cancelled', 'abort', 'discard'),
  },
  exporting: {
    resume: to('exporting', 'export'),
    exported: to('done'),
    failed: to('failed', 'abort'),
    cancel: to('cancelled', 'abort', 'discard'),
  },
  done: {},
  failed: AGAIN,
  cancelled: AGAIN,
}

/** null: the event means nothing in this state. */
export function retrievalTransition(state: RetrievalState, event: RetrievalEvent): RetrievalTransition | null {
  return TABLE[state][event] ?? null
}

export function retrievalIsEnded(state: RetrievalState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}
