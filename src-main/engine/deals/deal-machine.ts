import type { DealState } from '../../../src-shared/contract/index.ts'

/**
 * What a deal does, as tables: role x state x event -> next state and effects. Pure; client-role.ts and
 * provider-role.ts perform the effects and feed the outcome back as events. An event that a state does not list
 * changes nothing.
 */

export type DealEvent =
  | 'resume' // the program has started again
  | 'retry'
  | 'cancel'
  | 'failed'
  // client
  | 'prepared' // the piece commitment is known
  | 'accepted' // the provider has it, and fetches the data
  | 'provider-verifies'
  | 'provider-active'
  // provider
  | 'begin'
  | 'moved' // the client serves the data elsewhere now
  | 'pulled'
  | 'verified'
  | 'handed-off'
  | 'retry-hand-off'

export type DealEffect =
  | 'abort' // stop what is under way for this deal
  // client
  | 'prepare' // compute the piece commitment
  | 'propose' // offer the data and send the proposal
  | 'watch' // follow the provider's state
  | 'withdraw' // stop offering the data
  | 'tell-provider' // that nothing comes of the deal
  // provider
  | 'pull'
  | 'compare'
  | 'hand-off'
  | 'clean' // remove what is staged

export interface DealTransition {
  next: DealState
  effects: readonly DealEffect[]
}

type Table = Partial<Record<DealState, Partial<Record<DealEvent, DealTransition>>>>

const to = (next: DealState, ...effects: DealEffect[]): DealTransition => ({ next, effects })

const CLIENT_ENDS = {
  failed: to('failed', 'abort', 'withdraw', 'tell-provider'),
  cancel: to('cancelled', 'abort', 'withdraw', 'tell-provider'),
}
/** The address at which the data are offered changes with each start, so the proposal is sent again. */
const PROPOSE_AGAIN = { resume: to('proposing', 'propose') }

const CLIENT: Table = {
  preparing: { ...CLIENT_ENDS, resume: to('preparing', 'prepare'), prepared: to('proposing', 'propose') },
  proposing: {
    ...CLIENT_ENDS,
    ...PROPOSE_AGAIN,
    accepted: to('transferring', 'watch'),
    'provider-verifies': to('verifying', 'watch'),
    'provider-active': to('active', 'withdraw'),
  },
  transferring: {
    ...CLIENT_ENDS,
    ...PROPOSE_AGAIN,
    'provider-verifies': to('verifying'),
    'provider-active': to('active', 'abort', 'withdraw'),
  },
  verifying: { ...CLIENT_ENDS, ...PROPOSE_AGAIN, 'provider-active': to('active', 'abort', 'withdraw') },
  active: {},
  failed: { retry: to('preparing', 'prepare') },
  cancelled: { retry: to('preparing', 'prepare') },
}

const PROVIDER_ENDS = {
  failed: to('failed', 'abort'),
  cancel: to('cancelled', 'abort', 'clean'),
}
const PROVIDER_AGAIN = { retry: to('accepted', 'pull'), 'retry-hand-off': to('handing-off', 'hand-off') }

const PROVIDER: Table = {
  accepted: {
    ...PROVIDER_ENDS,
    resume: to('accepted', 'pull'),
    moved: to('accepted', 'abort', 'pull'),
    begin: to('transferring'),
  },
  transferring: {
    ...PROVIDER_ENDS,
    resume: to('accepted', 'pull'),
    moved: to('accepted', 'abort', 'pull'),
    pulled: to('verifying', 'compare'),
  },
  // What has arrived is noted chunk by chunk, so pulling again finds it complete.
  verifying: { ...PROVIDER_ENDS, resume: to('accepted', 'pull'), verified: to('handing-off', 'hand-off') },
  // From here on the piece may have been taken over: it cannot be cancelled any more.
  'handing-off': {
    failed: to('failed', 'abort'),
    resume: to('handing-off', 'hand-off'),
    'handed-off': to('active'),
  },
  active: {},
  failed: PROVIDER_AGAIN,
  cancelled: PROVIDER_AGAIN,
}

/** null: the event means nothing in this state. */
export function dealTransition(role: 'client' | 'provider', state: DealState, event: DealEvent): DealTransition | null {
  return (role === 'client' ? CLIENT : PROVIDER)[state]?.[event] ?? null
}

export function dealIsEnded(state: DealState): boolean {
  return state === 'active' || state === 'failed' || state === 'cancelled'
}
