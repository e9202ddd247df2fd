import { describe, expect, it } from 'vitest'
import { dealState } from '../../../src-shared/contract/index.ts'
import { type DealEvent, dealIsEnded, dealTransition } from './deal-machine.ts'

const EVENTS: DealEvent[] = [
  'resume',
  'retry',
  'cancel',
  'failed',
  'prepared',
  'accepted',
  'provider-verifies',
  'provider-active',
  'begin',
  'moved',
  'pulled',
  'verified',
  'handed-off',
  'retry-hand-off',
]

function tableOf(role: 'client' | 'provider') {
  return Object.fromEntries(
    dealState.options.map((state) => [
      state,
      Object.fromEntries(
        EVENTS.flatMap((event) => {
          const transition = dealTransition(role, state, event)
          return transition === null ? [] : [[event, [transition.next, ...transition.effects].join(' ')]]
        }),
      ),
    ]),
  )
}

describe('the machine of deals', () => {
  it('leads a client from the commitment to the active deal', () => {
    const ends = {
      cancel: 'cancelled abort withdraw tell-provider',
      failed: 'failed abort withdraw tell-provider',
    }
    expect(tableOf('client')).toEqual({
      preparing: { ...ends, resume: 'preparing prepare', prepared: 'proposing propose' },
      proposing: {
        ...ends,
        resume: 'proposing propose',
        accepted: 'transferring watch',
        'provider-verifies': 'verifying watch',
        'provider-active': 'active withdraw',
      },
      transferring: {
        ...ends,
        resume: 'proposing propose',
        'provider-verifies': 'verifying',
        'provider-active': 'active abort withdraw',
      },
      verifying: { ...ends, resume: 'proposing propose', 'provider-active': 'active abort withdraw' },
      active: {},
      failed: { retry: 'preparing prepare' },
      cancelled: { retry: 'preparing prepare' },
      accepted: {},
      'handing-off': {},
    })
  })

  it('leads a provider from the accepted proposal to the held piece', () => {
    const ends = { cancel: 'cancelled abort clean', failed: 'failed abort' }
    const again = { retry: 'accepted pull', 'retry-hand-off': 'handing-off hand-off' }
    expect(tableOf('provider')).toEqual({
      accepted: { ...ends, resume: 'accepted pull', moved: 'accepted abort pull', begin: 'transferring' },
      transferring: {
        ...ends,
        resume: 'accepted pull',
        moved: 'accepted abort pull',
        pulled: 'verifying compare',
      },
      verifying: { ...ends, resume: 'accepted pull', verified: 'handing-off hand-off' },
      'handing-off': { failed: 'failed abort', resume: 'handing-off hand-off', 'handed-off': 'active' },
      active: {},
      failed: again,
      cancelled: again,
      preparing: {},
      proposing: {},
    })
  })

  it('goes on after a start of the program from every state that has not ended', () => {
    for (const role of ['client', 'provider'] as const)
      for (const state of dealState.options) {
        const used = EVENTS.some((event) => dealTransition(role, state, event) !== null)
        if (used) expect(dealTransition(role, state, 'resume') !== null).toBe(!dealIsEnded(state))
      }
  })
})
