import type { TransferState } from '../../../src-shared/contract/index.ts'
import { type Clock, EngineError, ProgressMeter, TaskQueue, type Throttle, timestamp } from '../base/index.ts'
import { retryDelayMs } from './retry-policy.ts'
import { isEnded, type TransferEffect, type TransferEvent, transferTransition } from './transfer-machine.ts'
import type { RestartOwner, RetryPolicy, TransferAttempt, TransferSpec } from './transfer-ports.ts'
import { logLine, type TransferRecord } from './transfer-record.ts'

export interface IncomingPorts {
  clock: Clock
  throttle: Throttle
  policy: RetryPolicy
  restartOwner: RestartOwner | undefined
  persist(record: TransferRecord): Promise<void>
  /** The row has changed. */
  show(transfer: IncomingTransfer): void
}

type Attempt = (hands: TransferAttempt) => Promise<void>

const MESSAGES: Partial<Record<TransferState, string>> = {
  queued: 'Waiting for its turn.',
  running: 'Connecting.',
  paused: 'Paused.',
  done: 'Complete.',
  cancelled: 'Cancelled.',
}

/**
 * Runs one incoming transfer by the machine's table. Events are taken one at a time, and a new state is on disk before
 * its effects are performed.
 *
 * Invariant: an attempt begins only after the one before has ended, however it was ended: both write the same files.
 */
export class IncomingTransfer {
  readonly record: TransferRecord
  rate = 0
  etaSeconds: number | null = null
  /** What the owner did when it was last asked to begin again. */
  asked: Promise<unknown> = Promise.resolve()
  readonly #ports: IncomingPorts
  readonly #events = new TaskQueue()
  readonly #meter: ProgressMeter
  #attempt: Attempt | null = null
  /** Settles the owner's promise. */
  #owner: { resolve(): void; reject(error: EngineError): void } | null = null
  #underWay: Promise<void> = Promise.resolve()
  #abortAttempt = new AbortController()
  #leaveQueue = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #fruitless = { count: 0, everProgressed: false }
  #doneAtBegin = 0
  #failure: EngineError | null = null
  #delayMs = 0
  #closed = false

  constructor(record: TransferRecord, ports: IncomingPorts) {
    this.record = record
    this.#ports = ports
    this.#meter = new ProgressMeter(ports.clock, ({ rate, etaSeconds }) => {
      this.rate = rate
      this.etaSeconds = etaSeconds
      ports.show(this)
    })
  }

  get id(): string {
    return this.record.id
  }

  run(spec: TransferSpec, attempt: Attempt, signal?: AbortSignal): Promise<void> {
    if (this.#owner !== null)
      throw new EngineError('INTERNAL', `Transfer ${this.id} was begun twice.`, { details: { id: this.id } })
    const promise = new Promise<void>((resolve, reject) => {
      this.#owner = { resolve, reject }
    })
    const onAbort = () => {
      const closing = EngineError.is(signal?.reason, 'CLOSED')
      void (closing ? this.close() : this.dispatch('cancel'))
    }
    this.#attempt = attempt
    this.#fruitless = { count: 0, everProgressed: spec.doneBytes > 0 }
    Object.assign(this.record, {
      what: spec.what,
      counterparty: spec.counterparty,
      doneBytes: spec.doneBytes,
      totalBytes: spec.totalBytes,
      endedAt: null,
      error: null,
    })
    signal?.addEventListener('abort', onAbort, { once: true })
    void this.dispatch('run').then(() => {
      if (signal?.aborted === true) onAbort()
    })
    return promise.finally(() => {
      signal?.removeEventListener('abort', onAbort)
    })
  }

  /** Resolves when the new state is on disk and its effects have begun. */
  dispatch(event: TransferEvent): Promise<void> {
    return this.#events.run(() => this.#take(event))
  }

  /** Stops without changing the state, so that the next start of the program finds it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = new EngineError('CLOSED', 'Carport is quitting.')
    this.#leaveQueue.abort(closed)
    this.#abortAttempt.abort(closed)
    this.#cancelTimer()
    await this.#events.drained()
    await this.#underWay
    this.#settle((owner) => owner.reject(closed))
  }

  /** Reports the same bytes again, so that the rate of a silent transfer falls. */
  tick(): void {
    if (this.record.state === 'running') this.#report()
  }

  async #take(event: TransferEvent): Promise<void> {
    if (this.#closed) return
    const transition = transferTransition(this.record.state, event)
    if (transition === null) return
    this.#enter(transition.next, event)
    await this.#ports.persist(this.record)
    this.#ports.show(this)
    for (const effect of transition.effects) await this.#perform(effect)
  }

  #enter(next: TransferState, event: TransferEvent): void {
    const { record } = this
    if (next === 'queued') this.#cancelTimer()
    if (next !== record.state || event === 'run') {
      if (next === 'failed' || next === 'waiting') this.#enterFailure(next)
      else {
        logLine(record, timestamp(this.#ports.clock), MESSAGES[next] ?? '')
        record.error = next === 'cancelled' ? cancelled().toValue() : null
      }
    }
    if (next !== 'running') {
      this.rate = 0
      this.etaSeconds = null
    }
    record.state = next
    // What was expected of a DAG is a guess from its root.
    if (next === 'done') record.totalBytes = record.doneBytes
    record.endedAt = isEnded(next) ? (record.endedAt ?? timestamp(this.#ports.clock)) : null
  }

  #enterFailure(next: 'failed' | 'waiting'): void {
    const { record } = this
    const error = this.#failure ?? new EngineError('INTERNAL', 'The transfer failed.')
    record.error = error.toValue()
    if (next === 'waiting') record.retries++
    const again = `Trying again in ${Math.max(1, Math.round(this.#delayMs / 1000))} s.`
    logLine(record, timestamp(this.#ports.clock), next === 'waiting' ? `${error.message} ${again}` : error.message)
  }

  async #perform(effect: TransferEffect): Promise<void> {
    switch (effect) {
      case 'enqueue':
        this.#enqueue()
        break
      case 'leave-queue':
        this.#leaveQueue.abort(cancelled())
        break
      case 'begin':
        this.#begin()
        break
      case 'abort':
        this.#abortAttempt.abort(cancelled())
        break
      case 'schedule':
        this.#schedule()
        break
      case 'unschedule':
        this.#cancelTimer()
        break
      case 'resolve':
        this.#settle((owner) => owner.resolve())
        break
      case 'reject':
        await this.#underWay
        this.#settle((owner) => owner.reject(this.#reason()))
        break
      case 'ask-owner':
        // Not waited for here: the owner's run comes through the same queue of events.
        this.asked = this.#ports.restartOwner?.(this.record.ownerId ?? '') ?? Promise.resolve()
        this.asked.catch(() => {})
    }
  }

  /** Waits for a place and for the attempt before; holds the place until the attempt it admits has ended. */
  #enqueue(): void {
    const queue = new AbortController()
    this.#leaveQueue = queue
    const occupy = async () => {
      await this.#underWay
      if (queue.signal.aborted) return
      await this.dispatch('admitted')
      await this.#underWay
    }
    void this.#ports.throttle.run(occupy, queue.signal).catch(() => {})
  }

  #begin(): void {
    const controller = new AbortController()
    this.#abortAttempt = controller
    this.#doneAtBegin = this.record.doneBytes
    const { signal } = controller
    const hands: TransferAttempt = {
      signal,
      progress: (doneBytes, totalBytes) => {
        if (signal.aborted) return
        this.record.doneBytes = doneBytes
        if (totalBytes !== undefined) this.record.totalBytes = totalBytes
        this.#report()
      },
      note: (message) => {
        if (signal.aborted) return
        logLine(this.record, timestamp(this.#ports.clock), message)
        this.#ports.show(this)
      },
      from: (counterparty) => {
        this.record.counterparty = counterparty
      },
    }
    this.#underWay = Promise.resolve(this.#attempt?.(hands)).then(
      () => {
        if (!signal.aborted) void this.dispatch('succeeded')
      },
      (error: unknown) => {
        if (!signal.aborted) void this.dispatch(this.#judge(EngineError.from(error)))
      },
    )
  }

  #judge(error: EngineError): TransferEvent {
    this.#failure = error
    const progressed = this.record.doneBytes > this.#doneAtBegin
    this.#fruitless = {
      count: progressed ? 0 : this.#fruitless.count + 1,
      everProgressed: this.#fruitless.everProgressed || progressed,
    }
    const delayMs = retryDelayMs(error, this.#fruitless, this.#ports.policy)
    this.#delayMs = delayMs ?? 0
    return delayMs === null ? 'failed-final' : 'failed-passing'
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.dispatch('backoff-over'), this.#delayMs)
  }

  #cancelTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #report(): void {
    const { doneBytes, totalBytes } = this.record
    this.#meter.report({ phase: 'transfer', doneBytes, totalBytes })
  }

  #reason(): EngineError {
    return this.record.state === 'cancelled' ? cancelled() : (this.#failure ?? cancelled())
  }

  #settle(how: (owner: { resolve(): void; reject(error: EngineError): void }) => void): void {
    const owner = this.#owner
    this.#owner = null
    if (owner !== null) how(owner)
  }
}

function cancelled(): EngineError {
  return new EngineError('CANCELLED', 'The transfer was cancelled.')
}
