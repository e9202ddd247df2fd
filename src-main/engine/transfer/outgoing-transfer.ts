import type { TransferState } from '../../../src-shared/contract/index.ts'
import { type Clock, EngineError, ProgressMeter, timestamp } from '../base/index.ts'
import type { OutgoingRead, OutgoingSpec } from '../net/index.ts'
import { type OutgoingEvent, outgoingTransition } from './outgoing-machine.ts'
import { isEnded } from './transfer-machine.ts'
import { logLine, type TransferRecord } from './transfer-record.ts'

export interface OutgoingPorts {
  clock: Clock
  idleMs: number
  /** The state has changed; an ended one is to be remembered. */
  changed(transfer: OutgoingTransfer): void
  /** Only figures have changed. */
  show(transfer: OutgoingTransfer): void
}

const MESSAGES: Partial<Record<TransferState, string>> = {
  running: 'Sending.',
  waiting: 'Waiting for the peer to fetch it.',
  paused: 'Paused here: the peer is told to come back later.',
  done: 'Complete.',
  cancelled: 'Cancelled here.',
}
const PAUSED_RETRY_SECONDS = 15

/** What peers read under one key. A deal's data waits for its provider between reads; anything else ends when idle. */
export class OutgoingTransfer {
  readonly key: string
  readonly record: TransferRecord
  rate = 0
  etaSeconds: number | null = null
  readonly #ports: OutgoingPorts
  readonly #meter: ProgressMeter
  readonly #reads = new Set<AbortController>()
  #idleTimer: NodeJS.Timeout | null = null

  constructor(id: string, spec: OutgoingSpec, ports: OutgoingPorts) {
    this.key = spec.key
    this.#ports = ports
    const at = timestamp(ports.clock)
    const { kind, what, counterparty, totalBytes, ownerId } = spec
    this.record = {
      ...{ version: 1, id, direction: 'out', kind, what, counterparty, totalBytes, ownerId },
      ...{
        state: 'waiting',
        message: '',
        error: null,
        doneBytes: 0,
        retries: 0,
        startedAt: at,
        endedAt: null,
        log: [],
      },
    }
    this.#meter = new ProgressMeter(ports.clock, ({ rate, etaSeconds }) => {
      this.rate = rate
      this.etaSeconds = etaSeconds
      ports.show(this)
    })
  }

  get id(): string {
    return this.record.id
  }

  open(counterparty: string): OutgoingRead {
    const { state } = this.record
    if (state === 'paused')
      throw new EngineError('PEER_UNAVAILABLE', 'This transfer is paused at its source. Try again later.', {
        details: { retryAfterSeconds: PAUSED_RETRY_SECONDS },
      })
    if (state === 'cancelled') throw new EngineError('CANCELLED', 'This transfer was cancelled at its source.')
    this.record.counterparty = counterparty
    this.#stopIdleTimer()
    const controller = new AbortController()
    this.#reads.add(controller)
    this.dispatch('read')
    return {
      signal: controller.signal,
      sent: (bytes) => {
        this.record.doneBytes += bytes
        this.#report()
      },
      release: ({ error }) => this.#release(controller, error),
    }
  }

  dispatch(event: OutgoingEvent, error?: EngineError): void {
    const transition = outgoingTransition(this.record.state, event)
    if (transition === null) return
    const { record } = this
    const at = timestamp(this.#ports.clock)
    record.state = transition.next
    record.error = transition.next === 'failed' ? (error ?? unfinished()).toValue() : null
    record.endedAt = isEnded(transition.next) ? at : null
    logLine(record, at, record.error?.message ?? MESSAGES[transition.next] ?? '')
    if (transition.next !== 'running') {
      this.rate = 0
      this.etaSeconds = null
    }
    if (transition.effects.includes('cut')) this.#cut()
    this.#ports.changed(this)
  }

  tick(): void {
    if (this.record.state === 'running') this.#report()
  }

  close(): void {
    this.#stopIdleTimer()
    this.#cut()
  }

  #release(controller: AbortController, error: unknown): void {
    if (!this.#reads.delete(controller) || this.#reads.size > 0 || this.record.state !== 'running') return
    const failure = error === undefined ? undefined : EngineError.from(error)
    if (this.record.ownerId !== null) {
      if (failure !== undefined) logLine(this.record, timestamp(this.#ports.clock), failure.message)
      return
    }
    this.#idleTimer = setTimeout(
      () => this.dispatch(failure === undefined ? 'idle' : 'idle-cut', failure),
      this.#ports.idleMs,
    )
    this.#idleTimer.unref()
  }

  #cut(): void {
    for (const controller of this.#reads) controller.abort(new EngineError('CANCELLED', 'This read was ended here.'))
    this.#reads.clear()
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
  }

  #report(): void {
    const { doneBytes, totalBytes } = this.record
    this.#meter.report({ phase: 'transfer', doneBytes, totalBytes })
  }
}

function unfinished(): EngineError {
  return new EngineError('PEER_UNAVAILABLE', 'The peer went away before it had read everything.')
}
