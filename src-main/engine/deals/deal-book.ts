import type { DealState, DealView } from '../../../src-shared/contract/index.ts'
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
import { type DealEffect, type DealEvent, dealIsEnded, dealTransition } from './deal-machine.ts'
import { type DealRecord, enterState, viewOf } from './deal-record.ts'

/** What an event brings along: fields of the record, the error of `failed`, and the sentence for the new state. */
export interface DealChange<Record extends DealRecord = DealRecord> {
  patch?: Partial<Record>
  error?: EngineError | null
  message?: string
}

export type PerformEffect = (dealId: string, effect: DealEffect) => void

/**
 * All deals, of both roles. Takes events one at a time for each deal; a new state is on disk before its effects are
 * performed and before anybody is told.
 */
export class DealBook {
  readonly table = new Table<DealView>((view) => view.dealId)
  /** Ids of deals that have changed. */
  readonly changes = new EventStream<string>()
  readonly #clock: Clock
  readonly #log: Logger
  readonly #records: JsonRecords<DealRecord>
  readonly #ownProvider: () => string | null
  readonly #deals = new Map<string, DealRecord>()
  readonly #byPiece = new Map<string, Set<string>>()
  readonly #progress = new Map<string, NonNullable<DealView['progress']>>()
  readonly #queues = new Map<string, TaskQueue>()
  readonly #performers = new Map<DealRecord['role'], PerformEffect>()
  #closed = false

  constructor(ports: { clock: Clock; log: Logger; store: Store; ownProvider: () => string | null }) {
    this.#clock = ports.clock
    this.#log = ports.log
    this.#records = new JsonRecords(ports.store, '/deals')
    this.#ownProvider = ports.ownProvider
  }

  onEffect(role: DealRecord['role'], perform: PerformEffect): void {
    this.#performers.set(role, perform)
  }

  async load(): Promise<void> {
    const damaged = (id: string, error: Error) =>
      this.#log.warn('skipped a damaged deal record', { dealId: id, error: error.message })
    for await (const [, record] of this.#records.entries(damaged)) this.#keep(record)
    this.showAll()
  }

  /** Takes no events any more; resolves when those taken are on disk. */
  async close(): Promise<void> {
    this.#closed = true
    for (const dealId of this.#deals.keys()) this.changes.publish(dealId)
    await Promise.all([...this.#queues.values()].map((queue) => queue.drained()))
  }

  all(): DealRecord[] {
    return [...this.#deals.values()]
  }

  find(dealId: string): DealRecord | undefined {
    return this.#deals.get(dealId)
  }

  /** DEAL_NOT_FOUND when there is none. */
  get(dealId: string): DealRecord {
    const record = this.#deals.get(dealId)
    if (record === undefined)
      throw new EngineError('DEAL_NOT_FOUND', `There is no deal ${dealId}.`, { details: { dealId } })
    return record
  }

  view(dealId: string): DealView {
    return this.#viewOf(this.get(dealId))
  }

  dealsOfPiece(pieceCid: string): string[] {
    return [...(this.#byPiece.get(pieceCid) ?? [])]
  }

  async add(record: DealRecord): Promise<void> {
    await this.#records.put(record.dealId, record)
    this.#keep(record)
    this.#show(record)
  }

  /** Forgets an ended deal. */
  async remove(dealId: string): Promise<void> {
    const record = this.get(dealId)
    if (!dealIsEnded(record.state))
      throw new EngineError('INVALID_ARGUMENT', `Deal ${dealId} is under way: cancel it first.`, {
        details: { dealId },
      })
    await this.#records.delete(dealId)
    this.#deals.delete(dealId)
    this.#queues.delete(dealId)
    if (record.pieceCid !== null) this.#byPiece.get(record.pieceCid)?.delete(dealId)
    this.table.delete(dealId)
    this.changes.publish(dealId)
  }

  /** Resolves when the event's outcome is on disk. Returns whether the event meant anything in the deal's state. */
  dispatch<Record extends DealRecord>(
    dealId: string,
    event: DealEvent,
    change: DealChange<Record> = {},
  ): Promise<boolean> {
    const queue = this.#queues.get(dealId) ?? new TaskQueue()
    this.#queues.set(dealId, queue)
    return queue.run(() => this.#take(dealId, event, change))
  }

  /** A meter that shows the deal's progress in its row. */
  meter(dealId: string): ProgressMeter {
    return new ProgressMeter(this.#clock, (progress) => {
      const record = this.#deals.get(dealId)
      if (record === undefined || dealIsEnded(record.state)) return
      this.#progress.set(dealId, progress)
      this.table.set(this.#viewOf(record))
    })
  }

  /** A new sentence for the state the deal is in. */
  note(dealId: string, message: string): void {
    const record = this.#deals.get(dealId)
    if (record === undefined || record.message === message) return
    record.message = message
    this.#show(record)
  }

  /** Resolves with the deal once it has ended. */
  async ended(dealId: string, signal?: AbortSignal): Promise<DealRecord> {
    while (true) {
      const record = this.get(dealId)
      if (dealIsEnded(record.state)) return record
      if (this.#closed) throw new EngineError('CLOSED', 'Carport is quitting. The deal goes on at the next start.')
      await this.changes.next((id) => id === dealId, signal)
    }
  }

  /** Rows depend on where the own provider listens. */
  showAll(): void {
    for (const record of this.#deals.values()) this.#show(record)
  }

  async #take(dealId: string, event: DealEvent, change: DealChange): Promise<boolean> {
    const record = this.#deals.get(dealId)
    if (record === undefined || this.#closed) return false
    const transition = dealTransition(record.role, record.state, event)
    if (transition === null) return false
    const changed: DealRecord = structuredClone(record)
    Object.assign(changed, change.patch)
    changed.error = change.error?.toValue() ?? null
    const at = timestamp(this.#clock)
    const message = change.message ?? change.error?.message ?? messageOf(changed.role, transition.next)
    enterState(changed, transition.next, message, at)
    await this.#records.put(dealId, changed)
    this.#progress.delete(dealId)
    this.#keep(changed)
    const fields = { dealId, role: changed.role, state: changed.state, event }
    if (changed.error === null) this.#log.info('deal changed state', fields)
    else this.#log.warn('deal changed state', { ...fields, code: changed.error.code, error: changed.error.message })
    const perform = this.#performers.get(changed.role)
    for (const effect of transition.effects) perform?.(dealId, effect)
    this.#show(changed)
    return true
  }

  #keep(record: DealRecord): void {
    this.#deals.set(record.dealId, record)
    if (record.pieceCid === null) return
    const ids = this.#byPiece.get(record.pieceCid) ?? new Set()
    this.#byPiece.set(record.pieceCid, ids.add(record.dealId))
  }

  #show(record: DealRecord): void {
    this.table.set(this.#viewOf(record))
    this.changes.publish(record.dealId)
  }

  #viewOf(record: DealRecord): DealView {
    return viewOf(record, {
      ownProvider: this.#ownProvider(),
      progress: this.#progress.get(record.dealId) ?? null,
    })
  }
}

/** The sentence for a state. */
function messageOf(role: DealRecord['role'], state: DealState): string {
  const isClient = role === 'client'
  switch (state) {
    case 'preparing':
      return 'Computing the piece commitment.'
    case 'proposing':
      return 'Proposing the deal to the provider.'
    case 'accepted':
      return 'Accepted; waiting to fetch the data.'
    case 'transferring':
      return isClient ? 'The provider fetches the data.' : 'Fetching the data from the client.'
    case 'verifying':
      return isClient ? 'The provider has the data and checks it.' : 'Comparing the data with the proposal.'
    case 'handing-off':
      return 'Handing the piece over to the piece store and the dagstore.'
    case 'active':
      return isClient ? 'The provider holds the piece.' : 'The piece is held and can be retrieved.'
    case 'cancelled':
      return 'Cancelled.'
    case 'failed':
      return 'The deal failed.'
  }
}
