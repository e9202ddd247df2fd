import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError, EventStream, type Logger, throwIfAborted } from '../base/index.ts'
import type { ShardFailure, ShardTrace } from './dagstore-ports.ts'
import { openShard } from './open-shard.ts'
import { OpenShards, type OpenUse } from './open-shards.ts'
import { isIndexLost, type PreparePorts, prepareShard } from './prepare-shard.ts'
import type { RecordWriter } from './records/record-writer.ts'
import { type Acquirer, isWritten, type Shard, type Waiter, writtenFacts } from './shard.ts'
import { OpenAccessor } from './shard-accessor.ts'
import type { ShardCatalog } from './shard-catalog.ts'
import { cancelled, closedError, refusalOf } from './shard-errors.ts'
import type { ShardHistory } from './shard-history.ts'
import { type Preparation, type ShardEffect, type ShardEvent, transition } from './shard-machine.ts'

export interface RunnerPorts extends PreparePorts {
  writer: RecordWriter
  catalog: Pick<ShardCatalog, 'show'>
  history: Pick<ShardHistory, 'note'>
  now(): number
  log: Logger
}

export interface RunnerSettings {
  maxRecoverAttempts: number
  /** Make lost indexes anew; otherwise such shards become Errored. */
  healsIndexes: boolean
  maxIdleOpenShards: number
}

/** Who asked for an event, and the error it is about. */
interface Context {
  acquirer?: Acquirer
  waiter?: Waiter
  error?: EngineError
}

/**
 * Performs what the table of `shard-machine.ts` decides. A decision and its changes in memory happen at once, without
 * anything in between, so events of a shard never interleave; slow effects report back as events. Nobody is told of
 * the end of a preparation before the record that says so is durable.
 */
export class ShardRunner {
  readonly traces = new EventStream<ShardTrace>()
  readonly failures = new EventStream<ShardFailure>()
  readonly openShards: OpenShards
  readonly #ports: RunnerPorts
  readonly #running = new Set<Promise<void>>()
  #settings: RunnerSettings
  #closed = false

  constructor(ports: RunnerPorts, settings: RunnerSettings) {
    this.#ports = ports
    this.#settings = settings
    this.openShards = new OpenShards(settings.maxIdleOpenShards)
  }

  set settings(settings: RunnerSettings) {
    this.#settings = settings
    this.openShards.maxIdle = settings.maxIdleOpenShards
  }

  /** Feeds one event to a shard. */
  dispatch(shard: Shard, event: ShardEvent, context: Context = {}): void {
    const { facts, effects, op } = transition(shard.facts, event)
    shard.facts = facts
    if (op !== null) this.#trace(shard, op)
    for (const effect of effects) this.#perform(shard, effect, context)
    this.#ports.catalog.show(shard)
  }

  /** Acquires, or rejects; `signal` ends the waiting of this caller only. */
  acquire(shard: Shard, signal: AbortSignal | undefined): Promise<OpenAccessor> {
    throwIfAborted(signal)
    this.#assertOpen()
    return new Promise((resolve, reject) => {
      const acquirer: Acquirer = { signal, resolve: resolve as Acquirer['resolve'], reject, hasWaitedForIndex: false }
      this.dispatch(shard, { type: 'acquire' }, { acquirer })
    })
  }

  /** Feeds an event and waits until the preparation that it begins has ended. */
  ask(shard: Shard, event: ShardEvent, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    this.#assertOpen()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        shard.waiters = shard.waiters.filter((other) => other !== waiter)
        reject(cancelled(signal))
      }
      const done = () => signal?.removeEventListener('abort', onAbort)
      const waiter: Waiter = {
        resolve: () => {
          done()
          resolve()
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      shard.waiters = [...shard.waiters, waiter]
      this.dispatch(shard, event, { waiter })
    })
  }

  /** Ends a shard: its work, and everyone's waiting. SHARD_IN_USE while it has readers. */
  end(shard: Shard): void {
    let refusal: EngineError | null = null
    const waiter: Waiter = {
      resolve: () => {},
      reject: (error) => {
        refusal = error
      },
    }
    this.dispatch(shard, { type: 'destroy' }, { waiter })
    if (refusal !== null) throw refusal
    this.openShards.drop(shard.key)
  }

  /** Says that the index of a shard cannot be used; it is made anew, where the settings allow it. */
  loseIndex(shard: Shard, error: EngineError): void {
    const heal = this.#settings.healsIndexes
    this.#ports.log.warn('the index of a shard is lost', { shard: shard.key, error: error.message })
    this.dispatch(shard, { type: 'indexLost', error: error.message, heal, reader: false }, { error })
  }

  /** Writes the shard's record if it differs from what was written. Resolves when it is durable. */
  persist(shard: Shard): Promise<void> {
    const record = shard.record
    if (isWritten(shard, record)) return shard.persisted
    shard.written = writtenFacts(record)
    shard.persisted = this.#write(shard)
    shard.persisted.catch((error: unknown) => {
      shard.written = null
      this.#ports.log.warn('failed to persist shard', { shard: shard.key, error: EngineError.from(error).message })
    })
    return shard.persisted
  }

  /** Tries records again that could not be written: what is shown is to be found after a restart. */
  persistAgain(shards: Iterable<Shard>): void {
    for (const shard of shards) if (shard.written === null) this.track(this.persist(shard))
  }

  /** Keeps count of background work, so that `settled` and `close` can wait for it. */
  track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(
      () => {},
      () => {},
    )
    this.#running.add(tracked)
    void tracked.then(() => this.#running.delete(tracked))
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
    await this.#ports.writer.drained()
  }

  /** Ends all work; everyone who waits gets CLOSED. Unfinished preparations go on at the next start. */
  async close(shards: Iterable<Shard>): Promise<void> {
    this.#closed = true
    const error = closedError()
    this.openShards.abortOpening(error)
    for (const shard of shards) {
      shard.work?.controller.abort(error)
      this.#failWaiters(shard, error)
    }
    await this.settled()
    this.openShards.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError()
  }

  #perform(shard: Shard, effect: ShardEffect, context: Context): void {
    const { acquirer } = context
    switch (effect.type) {
      case 'persist':
        this.track(this.persist(shard))
        break
      case 'prepare':
        this.#prepare(shard, effect.how)
        break
      case 'follow':
        this.dispatch(shard, { type: effect.event })
        break
      case 'park':
        if (acquirer !== undefined) this.#park(shard, acquirer)
        break
      case 'open':
        if (effect.who === 'parked') for (const parked of takeParked(shard)) this.#open(shard, parked)
        else if (acquirer !== undefined) this.#open(shard, acquirer)
        break
      case 'answerWaiters':
        this.#answerWaiters(shard)
        break
      case 'failWaiters':
        this.#failWaiters(shard, context.error ?? refusalOf(shard, 'SHARD_ERRORED'))
        break
      case 'announceFailure':
        this.#announceFailure(shard, context.error ?? refusalOf(shard, 'SHARD_ERRORED'))
        break
      case 'refuse':
        this.#refuse(shard, effect.code, context)
        break
      case 'remove':
        shard.work?.controller.abort()
        this.#failWaiters(shard, refusalOf(shard, 'SHARD_NOT_FOUND'))
    }
  }

  #prepare(shard: Shard, how: Preparation): void {
    const previous = shard.work?.ended ?? Promise.resolve()
    const controller = new AbortController()
    const ended = previous
      .then(() => this.#runPreparation(shard, how, controller.signal))
      .finally(() => {
        if (shard.work === work) shard.work = null
      })
    const work = { controller, ended }
    shard.work = work
    this.track(ended)
  }

  async #runPreparation(shard: Shard, how: Preparation, signal: AbortSignal): Promise<void> {
    try {
      await prepareShard(shard, how, this.#ports, signal)
      if (this.#closed || signal.aborted) return
      shard.recoverAttempts = 0
      shard.lastUsedMs = this.#ports.now()
      shard.damage = null
      this.openShards.drop(shard.key)
      this.dispatch(shard, { type: 'prepared' })
    } catch (thrown) {
      if (this.#closed || signal.aborted) return
      const error = EngineError.from(thrown)
      this.#ports.log.warn('shard initialization failed', { shard: shard.key, error: error.message })
      this.dispatch(shard, { type: 'prepareFailed', error: error.message, retryable: error.retryable }, { error })
    }
  }

  #park(shard: Shard, acquirer: Acquirer): void {
    const { signal } = acquirer
    if (signal === undefined) {
      shard.parked = [...shard.parked, acquirer]
      return
    }
    const onAbort = () => {
      if (!shard.parked.includes(parked)) return
      shard.parked = shard.parked.filter((other) => other !== parked)
      this.dispatch(shard, { type: 'leave' })
      acquirer.reject(cancelled(signal))
    }
    const unpark = () => signal.removeEventListener('abort', onAbort)
    const parked: Acquirer = {
      ...acquirer,
      resolve: (accessor) => {
        unpark()
        acquirer.resolve(accessor)
      },
      reject: (error) => {
        unpark()
        acquirer.reject(error)
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
    shard.parked = [...shard.parked, parked]
  }

  #open(shard: Shard, acquirer: Acquirer): void {
    const ready = this.openShards.take(shard.key)
    if (ready === null) this.track(this.#openAnew(shard, acquirer))
    else this.#deliver(shard, acquirer, ready)
  }

  async #openAnew(shard: Shard, acquirer: Acquirer): Promise<void> {
    try {
      throwIfAborted(acquirer.signal)
      const open = (signal: AbortSignal) => openShard(shard, this.#ports, signal)
      const use = await this.openShards.open(shard.key, open, acquirer.signal)
      this.track(this.persist(shard)) // a transient may have been fetched
      this.#ports.catalog.show(shard)
      this.#deliver(shard, acquirer, use)
    } catch (thrown) {
      this.#openFailed(shard, acquirer, thrown)
    }
  }

  #deliver(shard: Shard, acquirer: Acquirer, use: OpenUse): void {
    const release = () => {
      shard.lastUsedMs = this.#ports.now()
      this.dispatch(shard, { type: 'release' })
    }
    if (acquirer.signal?.aborted === true || this.#closed) {
      use.end()
      release()
      acquirer.reject(this.#closed ? closedError() : cancelled(acquirer.signal))
      return
    }
    shard.lastUsedMs = this.#ports.now()
    const findings = {
      disagrees: (error: EngineError) => this.#disagrees(shard, error),
      isDamaged: (error: EngineError) => this.#damaged(shard, error),
    }
    acquirer.resolve(new OpenAccessor(shard.key, use, release, findings))
  }

  #openFailed(shard: Shard, acquirer: Acquirer, thrown: unknown): void {
    if (this.#closed || acquirer.signal?.aborted === true) {
      this.dispatch(shard, { type: 'release' })
      acquirer.reject(this.#closed ? closedError() : cancelled(acquirer.signal))
      return
    }
    const error = EngineError.from(thrown)
    if (isIndexLost(error) && !acquirer.hasWaitedForIndex) {
      acquirer.hasWaitedForIndex = true
      this.#ports.log.warn('the index of a shard is lost', { shard: shard.key, error: error.message })
      const heal = this.#settings.healsIndexes
      this.dispatch(shard, { type: 'indexLost', error: error.message, heal, reader: true }, { acquirer, error })
      return
    }
    this.#ports.log.warn('a shard could not be opened', { shard: shard.key, error: error.message })
    this.dispatch(shard, { type: 'release' })
    // What may work the next time, a source that does not answer or a full disk, is no fault of the shard.
    if (!error.retryable) this.dispatch(shard, { type: 'fail', error: error.message }, { error })
    acquirer.reject(error)
  }

  /** A reader found out that index and data disagree. */
  #disagrees(shard: Shard, error: EngineError): void {
    if (shard.facts.state === 'Serving') this.loseIndex(shard, error) // otherwise somebody found out before
  }

  /** A reader found that blocks are lost. The others are served, so the shard stays in its state, and says why. */
  #damaged(shard: Shard, error: EngineError): void {
    if (shard.damage !== null || shard.facts.gone) return
    shard.damage = error.message
    this.#ports.log.warn('blocks of a shard are lost', { shard: shard.key, error: error.message })
    this.#trace(shard, 'Fail')
    this.failures.publish({ key: shard.key, error })
    this.#ports.catalog.show(shard)
  }

  #answerWaiters(shard: Shard): void {
    const waiters = shard.waiters
    shard.waiters = []
    if (waiters.length === 0) return
    shard.persisted.then(
      () => {
        for (const waiter of waiters) waiter.resolve()
      },
      (error: unknown) => {
        for (const waiter of waiters) waiter.reject(EngineError.from(error))
      },
    )
  }

  #failWaiters(shard: Shard, error: EngineError): void {
    const { waiters } = shard
    shard.waiters = []
    for (const waiter of waiters) waiter.reject(error)
    for (const acquirer of takeParked(shard)) acquirer.reject(error)
  }

  #announceFailure(shard: Shard, error: EngineError): void {
    this.openShards.drop(shard.key)
    this.failures.publish({ key: shard.key, error })
    if (this.#closed || shard.recoverAttempts >= this.#settings.maxRecoverAttempts) return
    shard.recoverAttempts++
    this.#ports.log.info('failure handler: recovering shard', { shard: shard.key, attempt: shard.recoverAttempts })
    queueMicrotask(() => {
      if (!this.#closed && shard.facts.state === 'Errored') this.dispatch(shard, { type: 'recover' })
    })
  }

  #refuse(shard: Shard, code: ErrorCode, { acquirer, waiter }: Context): void {
    const error = refusalOf(shard, code)
    if (waiter !== undefined) shard.waiters = shard.waiters.filter((other) => other !== waiter)
    waiter?.reject(error)
    acquirer?.reject(error)
  }

  async #write(shard: Shard): Promise<void> {
    await this.#ports.step(shard.key, 'write-record')
    if (shard.facts.gone) return
    await this.#ports.writer.write({ put: shard.record })
  }

  #trace(shard: Shard, op: ShardTrace['op']): void {
    const { state } = shard.facts
    const { error } = shard
    const trace: ShardTrace = { key: shard.key, op, state, error, at: new Date(this.#ports.now()).toISOString() }
    this.#ports.history.note(trace)
    this.traces.publish(trace)
  }
}

function takeParked(shard: Shard): readonly Acquirer[] {
  const { parked } = shard
  shard.parked = []
  return parked
}
