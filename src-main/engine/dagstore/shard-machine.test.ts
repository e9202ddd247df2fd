import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { NEW_SHARD, restore, type ShardEffect, type ShardEvent, type ShardFacts, transition } from './shard-machine.ts'
import { SHARD_STATES, type ShardState, STATE_NUMBERS, stateOfNumber } from './shard-state.ts'
import { stateOfStored, storedState } from './stored-state.ts'

const EVENTS: ShardEvent[] = [
  { type: 'register', lazy: false },
  { type: 'register', lazy: true },
  { type: 'initialize' },
  { type: 'acquire' },
  { type: 'leave' },
  { type: 'release' },
  { type: 'prepared' },
  { type: 'prepareFailed', error: 'no', retryable: false },
  { type: 'prepareFailed', error: 'later', retryable: true },
  { type: 'fail', error: 'no' },
  { type: 'indexLost', error: 'gone', heal: true, reader: false },
  { type: 'indexLost', error: 'gone', heal: true, reader: true },
  { type: 'indexLost', error: 'gone', heal: false, reader: false },
  { type: 'indexLost', error: 'gone', heal: false, reader: true },
  { type: 'recover' },
  { type: 'reindex' },
  { type: 'destroy' },
]

/** Every situation a shard can be in, with up to two readers and two parked. */
function situations(): ShardFacts[] {
  const counts = [0, 1, 2]
  const all = SHARD_STATES.flatMap((state) =>
    counts.flatMap((readers) =>
      counts.flatMap((parked) =>
        [false, true].map(
          (recoverOnAcquire): ShardFacts => ({
            ...NEW_SHARD,
            state,
            readers,
            parked,
            recoverOnAcquire,
            error: state === 'Errored' || state === 'Recovering' ? 'before' : null,
          }),
        ),
      ),
    ),
  )
  return all.filter(isPossible)
}

function isPossible({ state, readers, parked, recoverOnAcquire }: ShardFacts): boolean {
  if (recoverOnAcquire && state !== 'Errored') return false
  const busy = state === 'Initializing' || state === 'Recovering'
  if (parked > 0 && !busy) return false
  if (state === 'Serving') return readers > 0
  return readers === 0 || state === 'Errored' || state === 'Recovering'
}

/** A reader can only leave, or miss the index, where there is one. */
function canHappen({ readers }: ShardFacts, event: ShardEvent): boolean {
  return readers > 0 || !(event.type === 'indexLost' && event.reader)
}

const CASES = situations().flatMap((facts) =>
  EVENTS.filter((event) => canHappen(facts, event)).map((event) => ({ facts, event })),
)

const has = (effects: ShardEffect[], type: ShardEffect['type']) => effects.some((effect) => effect.type === type)

describe('every state × every event', () => {
  it('keeps the counts and the state in step', () => {
    for (const { facts, event } of CASES) {
      const { facts: next, effects } = transition(facts, event)
      const what = JSON.stringify({ facts, event, next })
      expect(next.readers, what).toBeGreaterThanOrEqual(0)
      expect(next.parked, what).toBeGreaterThanOrEqual(0)
      expect(next.error !== null, what).toBe(next.state === 'Errored' || next.state === 'Recovering')
      if (next.gone || has(effects, 'follow')) continue
      expect(isPossible(next), what).toBe(true)
    }
  })

  it('persists whatever a restart must know', () => {
    for (const { facts, event } of CASES) {
      const { facts: next, effects } = transition(facts, event)
      if (next.gone) continue
      const differs = !isDeepStrictEqual(storedState(facts), storedState(next))
      expect(!differs || has(effects, 'persist'), JSON.stringify({ facts, event, next })).toBe(true)
    }
  })

  it('begins one preparation whenever it enters a state that waits for one, and none otherwise', () => {
    const waits = (state: ShardState) => state === 'Initializing' || state === 'Recovering'
    for (const { facts, event } of CASES) {
      const { facts: next, effects } = transition(facts, event)
      const begins = effects.filter(({ type }) => type === 'prepare').length
      expect(begins, JSON.stringify({ facts, event })).toBe(waits(next.state) && !waits(facts.state) ? 1 : 0)
    }
  })

  it('leaves nobody waiting: whoever was parked is served, told, or still waits for a preparation', () => {
    for (const { facts, event } of CASES.filter(({ facts }) => facts.parked > 0)) {
      const { facts: next, effects } = transition(facts, event)
      if (next.parked >= facts.parked) continue
      const left = event.type === 'leave'
      const opened = effects.some((effect) => effect.type === 'open' && effect.who === 'parked')
      const told = has(effects, 'failWaiters') || has(effects, 'remove')
      expect(left || opened || told, JSON.stringify({ facts, event })).toBe(true)
    }
  })

  it('gives each acquirer exactly one of: an accessor, a place to wait, a reason', () => {
    for (const facts of situations()) {
      const { facts: next, effects } = transition(facts, { type: 'acquire' })
      const answers = ['park', 'open', 'refuse'].filter((type) => has(effects, type as ShardEffect['type']))
      expect(answers, facts.state).toHaveLength(1)
      expect(next.readers + next.parked).toBe(facts.readers + facts.parked + (answers[0] === 'refuse' ? 0 : 1))
    }
  })

  it('does nothing to a shard that is gone, and says so to whoever asks', () => {
    for (const { facts, event } of CASES) {
      const gone = { ...facts, gone: true }
      const { facts: next, effects, op } = transition(gone, event)
      expect([next, op]).toEqual([gone, null])
      const asks = ['register', 'initialize', 'acquire', 'recover', 'reindex', 'destroy'].includes(event.type)
      expect(effects).toEqual(asks ? [{ type: 'refuse', code: 'SHARD_NOT_FOUND' }] : [])
    }
  })
})

describe('what each state does', () => {
  const at = (state: ShardState, more: Partial<ShardFacts> = {}): ShardFacts => ({
    ...NEW_SHARD,
    state,
    readers: state === 'Serving' ? 1 : 0,
    error: state === 'Errored' || state === 'Recovering' ? 'before' : null,
    ...more,
  })
  const outcome = (facts: ShardFacts, event: ShardEvent) => {
    const { facts: next, effects } = transition(facts, event)
    const text = effects.map((effect) =>
      Object.values(effect)
        .filter((value) => typeof value === 'string')
        .join(' '),
    )
    return `${next.state}: ${text.join(', ')}`
  }

  it.each<[ShardState, ShardEvent['type'], string]>([
    ['New', 'initialize', 'Initializing: persist, prepare resume'],
    ['New', 'acquire', 'New: park, follow initialize'],
    ['New', 'release', 'New: '],
    ['New', 'prepared', 'New: '],
    ['New', 'recover', 'New: refuse SHARD_STATE'],
    ['New', 'destroy', 'New: remove'],
    ['Initializing', 'initialize', 'Initializing: refuse SHARD_STATE'],
    ['Initializing', 'acquire', 'Initializing: park'],
    ['Initializing', 'prepared', 'Available: persist, answerWaiters'],
    ['Initializing', 'recover', 'Initializing: refuse SHARD_STATE'],
    ['Initializing', 'destroy', 'Initializing: remove'],
    ['Available', 'initialize', 'Available: refuse SHARD_STATE'],
    ['Available', 'acquire', 'Serving: open acquirer'],
    ['Available', 'release', 'Available: '],
    ['Available', 'recover', 'Available: refuse SHARD_STATE'],
    ['Available', 'destroy', 'Available: remove'],
    ['Serving', 'acquire', 'Serving: open acquirer'],
    ['Serving', 'release', 'Available: '],
    ['Serving', 'recover', 'Serving: refuse SHARD_STATE'],
    ['Serving', 'destroy', 'Serving: refuse SHARD_IN_USE'],
    ['Recovering', 'acquire', 'Recovering: park'],
    ['Recovering', 'prepared', 'Available: persist, answerWaiters'],
    ['Recovering', 'recover', 'Recovering: refuse SHARD_STATE'],
    ['Recovering', 'destroy', 'Recovering: remove'],
    ['Errored', 'initialize', 'Errored: refuse SHARD_STATE'],
    ['Errored', 'acquire', 'Errored: refuse SHARD_ERRORED'],
    ['Errored', 'prepared', 'Errored: '],
    ['Errored', 'recover', 'Recovering: persist, prepare anew'],
    ['Errored', 'destroy', 'Errored: remove'],
  ])('%s, %s -> %s', (state, type, expected) => {
    expect(outcome(at(state), { type } as ShardEvent)).toBe(expected)
  })

  it('goes to Errored when it fails, tells everyone who waits, and announces it', () => {
    const failed = { type: 'prepareFailed', error: 'no CAR', retryable: false } as const
    for (const state of ['Initializing', 'Recovering'] as const) {
      const { facts, effects } = transition(at(state, { parked: 2 }), failed)
      expect(facts).toMatchObject({ state: 'Errored', error: 'no CAR', parked: 0, recoverOnAcquire: false })
      expect(effects.map(({ type }) => type)).toEqual(['persist', 'failWaiters', 'announceFailure'])
    }
  })

  it('tries again at the next acquire when the failure may pass', () => {
    const { facts } = transition(at('Initializing'), { type: 'prepareFailed', error: 'busy', retryable: true })
    expect(outcome(facts, { type: 'acquire' })).toBe('Errored: park, follow recover')
  })

  it('recovers on acquire once: the next acquire after a failed recovery fails at once', () => {
    const parked = transition(at('Errored', { recoverOnAcquire: true }), { type: 'acquire' }).facts
    const recovering = transition(parked, { type: 'recover' }).facts
    const failed = transition(recovering, { type: 'prepareFailed', error: 'no', retryable: false }).facts
    expect(outcome(failed, { type: 'acquire' })).toBe('Errored: refuse SHARD_ERRORED')
  })

  it('stays Errored when its last reader leaves', () => {
    expect(transition(at('Errored', { readers: 1 }), { type: 'release' }).facts).toMatchObject({
      state: 'Errored',
      error: 'before',
      readers: 0,
    })
  })

  it('does not end a recovery because an old reader fails', () => {
    expect(outcome(at('Recovering', { readers: 1 }), { type: 'fail', error: 'late' })).toBe('Recovering: ')
  })

  it('serves those who waited, beside readers that were there before', () => {
    expect(transition(at('Recovering', { readers: 1, parked: 2 }), { type: 'prepared' }).facts).toMatchObject({
      state: 'Serving',
      readers: 3,
      parked: 0,
    })
  })

  it('makes a lost index anew, and lets the reader who found it wait', () => {
    const lost = { type: 'indexLost', error: 'gone', heal: true, reader: true } as const
    expect(outcome(at('Serving', { readers: 2 }), lost)).toBe('Recovering: park, persist, prepare reindex')
    expect(outcome(at('Recovering', { readers: 1 }), lost)).toBe('Recovering: park')
    expect(outcome(at('Errored', { readers: 1 }), lost)).toBe('Errored: refuse SHARD_ERRORED')
  })

  it('makes an index anew when asked, whoever reads, where there can be one', () => {
    const anew = 'Recovering: persist, prepare reindex'
    for (const state of ['Available', 'Errored'] as const) expect(outcome(at(state), { type: 'reindex' })).toBe(anew)
    expect(outcome(at('Serving', { readers: 2 }), { type: 'reindex' })).toBe(anew)
    for (const state of ['New', 'Initializing', 'Recovering'] as const)
      expect(outcome(at(state), { type: 'reindex' })).toBe(`${state}: refuse SHARD_STATE`)
  })

  it('refuses to destroy what is read, whatever its state', () => {
    for (const facts of situations().filter(({ readers }) => readers > 0))
      expect(transition(facts, { type: 'destroy' }).effects).toEqual([{ type: 'refuse', code: 'SHARD_IN_USE' }])
  })
})

describe('a restart', () => {
  const restored = (state: ShardState, has = {}, more = {}) => {
    const { facts, next } = restore(
      { state, stateNumber: STATE_NUMBERS[state], error: '', lazy: false, ...more },
      { index: true, policy: 'RecoverOnAcquire', ...has },
    )
    return `${facts.state}, then ${next}${facts.recoverOnAcquire ? ', recovers on acquire' : ''}`
  }

  it.each([
    ['a lazy registration stays as it is', restored('New', {}, { lazy: true }), 'New, then null'],
    ['an eager registration goes on', restored('New'), 'New, then initialize'],
    ['an initialization goes on', restored('Initializing', { index: false }), 'New, then initialize'],
    ['nobody reads any more', restored('Serving'), 'Available, then null'],
    ['a missing index is made anew', restored('Available', { index: false }), 'Available, then heal'],
    [
      'a recovery goes on, also where nothing is recovered by itself',
      restored('Recovering', { policy: 'DoNotRecover' }),
      'Errored, then recover',
    ],
    ['a failure stays', restored('Errored', { policy: 'DoNotRecover' }), 'Errored, then null'],
    ['a failure is recovered when asked for', restored('Errored'), 'Errored, then null, recovers on acquire'],
    ['a failure is recovered at once', restored('Errored', { policy: 'RecoverNow' }), 'Errored, then recover'],
  ])('%s', (_, actual, expected) => {
    expect(actual).toBe(expected)
  })

  it('forgets an old error of a shard that is Available, and keeps that of one that is not', () => {
    const stored = { stateNumber: 0, error: 'long ago', lazy: false }
    const has = { index: true, policy: 'DoNotRecover' } as const
    expect(restore({ ...stored, state: 'Available' }, has).facts.error).toBeNull()
    expect(restore({ ...stored, state: 'Errored' }, has).facts.error).toBe('long ago')
  })

  it('takes a state number that does not exist for a failure', () => {
    const stored = { state: stateOfNumber(201), stateNumber: 201, error: '', lazy: true }
    expect(restore(stored, { index: false, policy: 'RecoverOnAcquire' }).facts).toMatchObject({
      state: 'Errored',
      error: 'Its record has a state that does not exist, 201.',
      recoverOnAcquire: true,
    })
  })

  it('is told of a recovery under way in words that Go takes for a failure, which it can recover', () => {
    const stored = storedState({ state: 'Recovering', error: 'no such file' })
    expect(stored).toEqual({ stateNumber: STATE_NUMBERS.Errored, error: 'recovery under way: no such file' })
    expect(stateOfStored(stored)).toMatchObject({ state: 'Recovering', error: 'no such file' })
    for (const state of SHARD_STATES.filter((other) => other !== 'Recovering'))
      expect(stateOfStored(storedState({ state, error: null })).state).toBe(state === 'Serving' ? 'Available' : state)
  })

  it('knows the numbers of Lotus', () => {
    expect(SHARD_STATES.map((state) => stateOfNumber(STATE_NUMBERS[state]))).toEqual(SHARD_STATES)
    expect(STATE_NUMBERS).toEqual({
      New: 0,
      Initializing: 1,
      Available: 2,
      Serving: 3,
      Recovering: 128,
      Errored: 240,
    })
  })
})
