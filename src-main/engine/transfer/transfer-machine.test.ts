import { describe, expect, it } from 'vitest'
import { OUTGOING_EVENTS, outgoingTransition } from './outgoing-machine.ts'
import { isEnded, TRANSFER_EVENTS, TRANSFER_STATES, transferTransition } from './transfer-machine.ts'

const table = Object.fromEntries(
  TRANSFER_STATES.map((state) => [
    state,
    Object.fromEntries(
      TRANSFER_EVENTS.flatMap((event) => {
        const transition = transferTransition(state, event)
        return transition === null ? [] : [[event, [transition.next, ...transition.effects].join(' ')]]
      }),
    ),
  ]),
)

describe('the machine of incoming transfers', () => {
  it('does in every state at every event what it should, and nothing else', () => {
    expect(table).toEqual({
      queued: {
        run: 'queued enqueue',
        admitted: 'running begin',
        pause: 'paused leave-queue',
        cancel: 'cancelled leave-queue reject',
      },
      running: {
        succeeded: 'done resolve',
        'failed-passing': 'waiting schedule',
        'failed-final': 'failed reject',
        pause: 'paused abort',
        cancel: 'cancelled abort reject',
        restart: 'queued abort enqueue',
      },
      waiting: {
        'backoff-over': 'queued enqueue',
        pause: 'paused unschedule',
        resume: 'queued unschedule enqueue',
        cancel: 'cancelled unschedule reject',
        restart: 'queued unschedule enqueue',
      },
      paused: {
        run: 'paused',
        resume: 'queued enqueue',
        cancel: 'cancelled reject',
        restart: 'queued enqueue',
      },
      done: { run: 'queued enqueue' },
      failed: { run: 'queued enqueue', restart: 'failed ask-owner' },
      cancelled: { run: 'queued enqueue', restart: 'cancelled ask-owner' },
    })
  })

  it('never leaves an owner waiting for an ended transfer', () => {
    for (const state of TRANSFER_STATES)
      for (const event of TRANSFER_EVENTS) {
        const transition = transferTransition(state, event)
        if (transition === null || isEnded(state) || !isEnded(transition.next)) continue
        expect(transition.effects.some((effect) => effect === 'resolve' || effect === 'reject')).toBe(true)
      }
  })

  it('never begins an attempt beside another: only a free place does', () => {
    for (const state of TRANSFER_STATES)
      for (const event of TRANSFER_EVENTS)
        if (transferTransition(state, event)?.effects.includes('begin') === true)
          expect([state, event]).toEqual(['queued', 'admitted'])
  })
})

describe('the machine of outgoing transfers', () => {
  it('refuses nobody for good but after a cancel, which a restart takes back', () => {
    expect(outgoingTransition('cancelled', 'read')).toBeNull()
    expect(outgoingTransition('cancelled', 'restart')?.next).toBe('waiting')
    expect(outgoingTransition('done', 'read')?.next).toBe('running')
  })

  it('cuts what is being read whenever it leaves running by somebody’s will', () => {
    for (const event of OUTGOING_EVENTS) {
      const transition = outgoingTransition('running', event)
      if (transition === null || event === 'idle' || event === 'idle-cut') continue
      expect(transition.effects).toEqual(['cut'])
    }
  })

  it('answers every event in every state without surprise', () => {
    const states = TRANSFER_STATES.map((state) => [
      state,
      OUTGOING_EVENTS.filter((event) => outgoingTransition(state, event) !== null),
    ])
    expect(Object.fromEntries(states)).toEqual({
      queued: [],
      running: ['idle', 'idle-cut', 'owner-done', 'owner-failed', 'owner-cancelled', 'pause', 'cancel', 'restart'],
      waiting: ['read', 'owner-done', 'owner-failed', 'owner-cancelled', 'pause', 'cancel'],
      paused: ['owner-done', 'owner-failed', 'owner-cancelled', 'resume', 'cancel', 'restart'],
      done: ['read'],
      failed: ['read'],
      cancelled: ['restart'],
    })
  })
})
