/**
 * What a shard does, as a pure table: state × event -> what it is next, and the effects to perform. The runner
 * performs effects and feeds their results back as events; it decides nothing.
 *
 * Where this differs from Go's dagstore it is on purpose: an Errored shard stays Errored when its last reader leaves;
 * a late failure of an old reader does not end a recovery that is under way; destroying a shard answers those who wait
 * for it; a lost index is made again instead of failing acquires.
 */
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import type { ShardOp } from './dagstore-ports.ts'
import type { ShardState } from './shard-state.ts'

/** Everything a decision depends on. */
export interface ShardFacts {
  readonly state: ShardState
  /** Why it is Errored, or is being recovered; null in other states. */
  readonly error: string | null
  /** Acquirers that have, or are being given, an accessor. */
  readonly readers: number
  /** Acquirers that wait for the preparation to end. */
  readonly parked: number
  /** The next acquire of this Errored shard recovers it, once. */
  readonly recoverOnAcquire: boolean
  /** Destroyed: nothing happens to it any more. */
  readonly gone: boolean
}

export const NEW_SHARD: ShardFacts = {
  state: 'New',
  error: null,
  readers: 0,
  parked: 0,
  recoverOnAcquire: false,
  gone: false,
}

const AVAILABLE_SHARD: ShardFacts = { ...NEW_SHARD, state: 'Available' }

export type ShardEvent =
  | { type: 'register'; lazy: boolean }
  | { type: 'initialize' }
  | { type: 'acquire' }
  /** A parked acquirer no longer wants it. */
  | { type: 'leave' }
  | { type: 'release' }
  /** Fetched and indexed. */
  | { type: 'prepared' }
  | { type: 'prepareFailed'; error: string; retryable: boolean }
  /** An acquirer could not be served, and the next could not either. */
  | { type: 'fail'; error: string }
  /** The index is missing or broken. `reader`: found by an acquirer, who is to wait for the new index. */
  | { type: 'indexLost'; error: string; heal: boolean; reader: boolean }
  | { type: 'recover' }
  /** Make the index anew, of the copy that is there. */
  | { type: 'reindex' }
  | { type: 'destroy' }
export type ShardEventType = ShardEvent['type']

/** resume: take over an index that is there. reindex: make the index anew. anew: fetch anew, too. */
export type Preparation = 'resume' | 'reindex' | 'anew'

export type ShardEffect =
  | { type: 'persist' }
  /** Fetch and index, then report `prepared` or `prepareFailed`. */
  | { type: 'prepare'; how: Preparation }
  /** Feed this event back at once. */
  | { type: 'follow'; event: 'initialize' | 'recover' }
  /** The acquirer of this event waits. */
  | { type: 'park' }
  /** Open for the acquirer of this event; or for everyone parked. */
  | { type: 'open'; who: 'acquirer' | 'parked' }
  /** Those who wait for the preparation itself are told that it ended well. */
  | { type: 'answerWaiters' }
  /** Everyone who waits, acquirers included, gets the error of this event. */
  | { type: 'failWaiters' }
  | { type: 'announceFailure' }
  /** The caller of this event gets an error of this code, worded from the facts. */
  | { type: 'refuse'; code: ErrorCode }
  /** End the preparation, tell everyone who waits, remove record, index, transient and postings. */
  | { type: 'remove' }

export interface Transition {
  facts: ShardFacts
  effects: ShardEffect[]
  /** What the trace of this event is called; null for events that leave no trace. */
  op: ShardOp | null
}

export function transition(facts: ShardFacts, event: ShardEvent): Transition {
  const op = OPS[event.type]
  if (facts.gone) return { facts, effects: asksSomething(event) ? [refuse('SHARD_NOT_FOUND')] : [], op: null }
  const rule = TABLE[facts.state][event.type] as Rule
  const [changes, ...effects] = rule(facts, event)
  return { facts: changes === null ? facts : { ...facts, ...changes }, effects, op: changes === null ? null : op }
}

/** What a restart makes of a stored state, and what is to be done next. */
export function restore(
  stored: { state: ShardState | undefined; stateNumber: number; error: string; lazy: boolean },
  has: { index: boolean; policy: 'DoNotRecover' | 'RecoverOnAcquire' | 'RecoverNow' },
): { facts: ShardFacts; next: 'initialize' | 'recover' | 'heal' | null } {
  const errored = (error: string): ShardFacts => ({
    ...NEW_SHARD,
    state: 'Errored',
    error,
    recoverOnAcquire: has.policy === 'RecoverOnAcquire',
  })
  const recoverNow = has.policy === 'RecoverNow' ? 'recover' : null
  switch (stored.state) {
    case 'New':
      // An eager registration that was cut off before it began is gone on with.
      return { facts: NEW_SHARD, next: stored.lazy ? null : 'initialize' }
    case 'Initializing':
      return { facts: NEW_SHARD, next: 'initialize' }
    case 'Available':
    case 'Serving':
      return { facts: AVAILABLE_SHARD, next: has.index ? null : 'heal' }
    case 'Recovering':
      return { facts: errored(stored.error || 'Its recovery was interrupted.'), next: 'recover' }
    case 'Errored':
      return { facts: errored(stored.error || 'Its record does not say why it failed.'), next: recoverNow }
    case undefined:
      return { facts: errored(`Its record has a state that does not exist, ${stored.stateNumber}.`), next: recoverNow }
  }
}

/** What changes (null: the event is ignored), then the effects in order. */
type Outcome = [changes: Partial<ShardFacts> | null, ...effects: ShardEffect[]]
type Rule<Event extends ShardEvent = ShardEvent> = (facts: ShardFacts, event: Event) => Outcome
type Row = { [Type in ShardEventType]: Rule<Extract<ShardEvent, { type: Type }>> }

const PERSIST: ShardEffect = { type: 'persist' }
const PARK: ShardEffect = { type: 'park' }

const OPS: Record<ShardEventType, ShardOp | null> = {
  register: 'Register',
  initialize: 'Initialize',
  acquire: 'Acquire',
  leave: null,
  release: 'Release',
  prepared: 'MakeAvailable',
  prepareFailed: 'Fail',
  fail: 'Fail',
  indexLost: 'Fail',
  recover: 'Recover',
  reindex: 'Reindex',
  destroy: 'Destroy',
}

const ignore: Rule = () => [null]
const refusing =
  (code: ErrorCode): Rule =>
  () => [null, refuse(code)]
const wrongState = refusing('SHARD_STATE')

const register: Rule<Extract<ShardEvent, { type: 'register' }>> = (_facts, { lazy }) =>
  lazy ? [{}, PERSIST, { type: 'answerWaiters' }] : [{}, PERSIST, { type: 'follow', event: 'initialize' }]

const initialize: Rule = () => [{ state: 'Initializing' }, PERSIST, { type: 'prepare', how: 'resume' }]

const recover: Rule = () => [
  { state: 'Recovering', recoverOnAcquire: false },
  PERSIST,
  { type: 'prepare', how: 'anew' },
]

/** Readers keep what they have open; who comes meanwhile waits for the new index. */
const reindex: Rule = ({ error }) => [
  {
    state: 'Recovering',
    error: error ?? 'Its index is made anew because somebody asked for it.',
    recoverOnAcquire: false,
  },
  PERSIST,
  { type: 'prepare', how: 'reindex' },
]

const park: Rule = ({ parked }) => [{ parked: parked + 1 }, PARK]
const parkAndInitialize: Rule = ({ parked }) => [{ parked: parked + 1 }, PARK, { type: 'follow', event: 'initialize' }]
const serve: Rule = ({ readers }) => [
  { state: 'Serving', readers: readers + 1 },
  { type: 'open', who: 'acquirer' },
]
const acquireErrored: Rule = ({ parked, recoverOnAcquire }) =>
  recoverOnAcquire
    ? [{ parked: parked + 1, recoverOnAcquire: false }, PARK, { type: 'follow', event: 'recover' }]
    : [null, refuse('SHARD_ERRORED')]

const leave: Rule = ({ parked }) => (parked === 0 ? [null] : [{ parked: parked - 1 }])

const release: Rule = ({ readers }) => (readers === 0 ? [null] : [{ readers: readers - 1 }])
const releaseServing: Rule = ({ readers }) =>
  readers > 1 ? [{ readers: readers - 1 }] : [{ readers: 0, state: 'Available' }]

const prepared: Rule = ({ readers, parked }) => {
  const facts: Partial<ShardFacts> = {
    state: readers + parked > 0 ? 'Serving' : 'Available',
    error: null,
    readers: readers + parked,
    parked: 0,
    recoverOnAcquire: false,
  }
  const opened: ShardEffect[] = parked === 0 ? [] : [{ type: 'open', who: 'parked' }]
  return [facts, PERSIST, { type: 'answerWaiters' }, ...opened]
}

const prepareFailed: Rule<Extract<ShardEvent, { type: 'prepareFailed' }>> = (_facts, { error, retryable }) => [
  { state: 'Errored', error, parked: 0, recoverOnAcquire: retryable },
  PERSIST,
  { type: 'failWaiters' },
  { type: 'announceFailure' },
]

const fail: Rule<Extract<ShardEvent, { type: 'fail' }>> = (_facts, { error }) => [
  { state: 'Errored', error },
  PERSIST,
  { type: 'announceFailure' },
]

type IndexLost = Extract<ShardEvent, { type: 'indexLost' }>
const indexLost: Rule<IndexLost> = ({ readers, parked }, { error, heal, reader }) => {
  const left = reader ? readers - 1 : readers
  if (!heal)
    return [
      { state: 'Errored', error, readers: left },
      PERSIST,
      ...(reader ? [refuse('SHARD_ERRORED')] : []),
      { type: 'announceFailure' },
    ]
  return [
    { state: 'Recovering', error, readers: left, parked: reader ? parked + 1 : parked },
    ...(reader ? [PARK] : []),
    PERSIST,
    { type: 'prepare', how: 'reindex' },
  ]
}
const indexLostWhilePreparing: Rule<IndexLost> = ({ readers, parked }, { reader }) =>
  reader ? [{ readers: readers - 1, parked: parked + 1 }, PARK] : [null]
const indexLostErrored: Rule<IndexLost> = ({ readers }, { reader }) =>
  reader ? [{ readers: readers - 1 }, refuse('SHARD_ERRORED')] : [null]

const destroy: Rule = ({ readers }) =>
  readers > 0 ? [null, refuse('SHARD_IN_USE')] : [{ gone: true, parked: 0 }, { type: 'remove' }]

const TABLE: Record<ShardState, Row> = {
  New: {
    register,
    initialize,
    acquire: parkAndInitialize,
    leave,
    release,
    prepared: ignore,
    prepareFailed: ignore,
    fail: ignore,
    indexLost: ignore,
    recover: wrongState,
    reindex: wrongState,
    destroy,
  },
  Initializing: {
    register: refusing('SHARD_EXISTS'),
    initialize: wrongState,
    acquire: park,
    leave,
    release,
    prepared,
    prepareFailed,
    fail: ignore,
    indexLost: indexLostWhilePreparing,
    recover: wrongState,
    reindex: wrongState,
    destroy,
  },
  Available: {
    register: refusing('SHARD_EXISTS'),
    initialize: wrongState,
    acquire: serve,
    leave: ignore,
    release: ignore,
    prepared: ignore,
    prepareFailed: ignore,
    fail,
    indexLost,
    recover: wrongState,
    reindex,
    destroy,
  },
  Serving: {
    register: refusing('SHARD_EXISTS'),
    initialize: wrongState,
    acquire: serve,
    leave: ignore,
    release: releaseServing,
    prepared: ignore,
    prepareFailed: ignore,
    fail,
    indexLost,
    recover: wrongState,
    reindex,
    destroy: refusing('SHARD_IN_USE'),
  },
  Recovering: {
    register: refusing('SHARD_EXISTS'),
    initialize: wrongState,
    acquire: park,
    leave,
    release,
    prepared,
    prepareFailed,
    fail: ignore,
    indexLost: indexLostWhilePreparing,
    recover: wrongState,
    reindex: wrongState,
    destroy,
  },
  Errored: {
    register: refusing('SHARD_EXISTS'),
    initialize: wrongState,
    acquire: acquireErrored,
    leave,
    release,
    prepared: ignore,
    prepareFailed: ignore,
    fail: ignore,
    indexLost: indexLostErrored,
    recover,
    reindex,
    destroy,
  },
}

function refuse(code: ErrorCode): ShardEffect {
  return { type: 'refuse', code }
}

/** Events whose caller waits for an answer. */
function asksSomething(event: ShardEvent): boolean {
  return ['register', 'initialize', 'acquire', 'recover', 'reindex', 'destroy'].includes(event.type)
}
