import { describe, expect, it } from 'vitest'
import { RETRIEVAL_EVENTS, RETRIEVAL_STATES, retrievalIsEnded, retrievalTransition } from './retrieval-machine.ts'

const AGAIN = { retry: 'transferring receive', 'retry-export': 'exporting export', exported: 'done' }

describe('the machine of retrievals', () => {
  it('does in every state at every event what it should, and nothing else', () => {
    const table = Object.fromEntries(
      RETRIEVAL_STATES.map((state) => [
        state,
        Object.fromEntries(
          RETRIEVAL_EVENTS.flatMap((event) => {
            const transition = retrievalTransition(state, event)
            return transition === null ? [] : [[event, [transition.next, ...transition.effects].join(' ')]]
          }),
        ),
      ]),
    )
    expect(table).toEqual({
      transferring: {
        resume: 'transferring receive',
        received: 'done',
        'received-to-export': 'exporting export',
        failed: 'failed abort',
        cancel: 'cancelled abort discard',
      },
      exporting: {
        resume: 'exporting export',
        exported: 'done',
        failed: 'failed abort',
        cancel: 'cancelled abort discard',
      },
      done: {},
      failed: AGAIN,
      cancelled: AGAIN,
    })
  })

  it('goes on after a start of the program exactly where it had not ended', () => {
    for (const state of RETRIEVAL_STATES)
      expect(retrievalTransition(state, 'resume') !== null).toBe(!retrievalIsEnded(state))
  })
})
