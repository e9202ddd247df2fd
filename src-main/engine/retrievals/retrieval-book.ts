import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  EventStream,
  type Logger,
  ProgressMeter,
  Table,
  TaskQueue,
  timestamp,
} from '../base/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'
import {
  type RetrievalEffect,
  type RetrievalEvent,
  retrievalIsEnded,
  retrievalTransition,
} from './retrieval-machine.ts'
import { carPathOf, type RetrievalRecord, viewOf } from './retrieval-record.ts'

/** What an event brings along: fields of the record, the error of `failed`, and the sentence for the new state. */
export interface RetrievalChange {
  patch?: Partial<RetrievalRecord>
  error?: EngineError
  message?: string
}

const MESSAGES: Record<RetrievalRecord['state'], string> = {
  transferring: 'Receiving.',
  exporting: 'Exporting.',
  done: 'Complete.',
  failed: 'The retrieval failed.',
  cancelled: 'Cancelled.',
}

/**
 * All retrievals. Takes events one at a time for each; a new state is on disk before its effects are performed and
 * before anybody is told.
 */
export class RetrievalBook {
  readonly table = new Table<RetrievalView>((view) => view.dealId)
  readonly directory: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #records: JsonRecords<RetrievalRecord>
  readonly #ownProvider: () => string | null
  readonly #perform: (dealId: string, effect: RetrievalEffect) => void
  readonly #known = new Map<string, RetrievalRecord>()
  readonly #progress = new Map<string, NonNullable<RetrievalView['progress']>>()
  readonly #queues = new Map<string, TaskQueue>()
  readonly #changes = new EventStream<string>()
  #closed = false

  constructor(
    ports: { clock: Clock; log: Logger; store: Store; ownProvider: () => string | null },
    directory: string,
    perform: (dealId: string, effect: RetrievalEffect) => void,
  ) {
    this.directory = directory
    this.#clock = ports.clock
    this.#log = ports.log
    this.#records = new JsonRecords(ports.store, '/retrievals')
    this.#ownProvider = ports.ownProvider
    this.#perform = perform
  }

  async load(): Promise<void> {
    const damaged = (id: string, error: Error) =>
      this.#log.warn('skipped a damaged retrieval record', { dealId: id, error: error.message })
    for await (const [dealId, record] of this.#records.entries(damaged)) {
      this.#known.set(dealId, record)
      this.#show(record)
    }
  }

  /** Takes no events any more; resolves when those taken are on disk. Waiting callers get CLOSED. */
  async close(): Promise<void> {
    this.#closed = true
    for (const dealId of this.#known.keys()) this.#changes.publish(dealId)
    await Promise.all([...this.#queues.values()].map((queue) => queue.drained()))
  }

  all(): RetrievalRecord[] {
    return [...this.#known.values()]
  }

  /** RETRIEVAL_NOT_FOUND when there is none. */
  get(dealId: string): RetrievalRecord {
    const record = this.#known.get(dealId)
    if (record === undefined)
      throw new EngineError('RETRIEVAL_NOT_FOUND', `There is no retrieval ${dealId}.`, { details: { dealId } })
    return record
  }

  view(dealId: string): RetrievalView {
    return this.#viewOf(this.get(dealId))
  }

  carPath(dealId: string): string {
    return carPathOf(this.directory, dealId)
  }

  async add(record: RetrievalRecord): Promise<void> {
    await this.#records.put(record.dealId, record)
    this.#known.set(record.dealId, record)
    this.#show(record)
  }

  async remove(dealId: string): Promise<void> {
    await this.#records.delete(dealId)
    this.#known.delete(dealId)
    this.#queues.delete(dealId)
    this.#progress.delete(dealId)
    this.table.delete(dealId)
    this.#changes.publish(dealId)
  }

  /** Resolves when the event's outcome is on disk. Returns whether the event meant anything in the state. */
  dispatch(dealId: string, event: RetrievalEvent, change: RetrievalChange = {}): Promise<boolean> {
    return this.#queueOf(dealId).run(() => this.#take(dealId, event, change))
  }

  /** Fields that change while the state does not: shown now, on disk only where `durable`. */
  async note(dealId: string, patch: Partial<RetrievalRecord>, durable = false): Promise<void> {
    const record = this.#known.get(dealId)
    if (record === undefined) return
    Object.assign(record, patch)
    this.#show(record)
    if (durable && !this.#closed) await this.#queueOf(dealId).run(() => this.#records.put(dealId, record))
  }

  /** A meter that shows a retrieval's progress in its row. */
  meter(dealId: string): ProgressMeter {
    return new ProgressMeter(this.#clock, (progress) => {
      const record = this.#known.get(dealId)
      if (record === undefined) return
      this.#progress.set(dealId, progress)
      this.#show(record)
    })
  }

  clearProgress(dealId: string): void {
    const record = this.#known.get(dealId)
    if (this.#progress.delete(dealId) && record !== undefined) this.#show(record)
  }

  /** Resolves with the retrieval once it has ended. */
  async ended(dealId: string, signal?: AbortSignal): Promise<RetrievalRecord> {
    while (true) {
      const record = this.get(dealId)
      if (retrievalIsEnded(record.state)) return record
      if (this.#closed) throw new EngineError('CLOSED', 'Carport is quitting. The retrieval goes on at the next start.')
      await this.#changes.next((id) => id === dealId, signal)
    }
  }

  async #take(dealId: string, event: RetrievalEvent, change: RetrievalChange): Promise<boolean> {
    const record = this.#known.get(dealId)
    if (record === undefined || this.#closed) return false
    const transition = retrievalTransition(record.state, event)
    if (transition === null) return false
    const { next } = transition
    const cancelled = next === 'cancelled' ? new EngineError('CANCELLED', 'The retrieval was cancelled.') : undefined
    const error = change.error ?? cancelled
    Object.assign(record, change.patch)
    record.state = next
    record.error = error?.toValue() ?? null
    record.message = change.message ?? change.error?.message ?? MESSAGES[next]
    record.updatedAt = timestamp(this.#clock)
    await this.#records.put(dealId, record)
    this.#progress.delete(dealId)
    const fields = { dealId, root: record.root, state: next, event }
    if (change.error === undefined) this.#log.info('retrieval changed state', fields)
    else this.#log.warn('retrieval changed state', { ...fields, code: change.error.code, error: change.error.message })
    for (const effect of transition.effects) this.#perform(dealId, effect)
    this.#show(record)
    this.#changes.publish(dealId)
    return true
  }

  #queueOf(dealId: string): TaskQueue {
    const queue = this.#queues.get(dealId) ?? new TaskQueue()
    this.#queues.set(dealId, queue)
    return queue
  }

  #show(record: RetrievalRecord): void {
    this.table.set(this.#viewOf(record))
  }

  #viewOf(record: RetrievalRecord): RetrievalView {
    return viewOf(record, {
      carPath: this.carPath(record.dealId),
      ownProvider: this.#ownProvider(),
      progress: this.#progress.get(record.dealId) ?? null,
    })
  }
}
