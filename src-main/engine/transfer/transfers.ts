import type { TransferView } from '../../../src-shared/contract/index.ts'
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError, NanoIds, Table, Throttle, timestamp } from '../base/index.ts'
import type { OutgoingRead, OutgoingSpec } from '../net/index.ts'
import { JsonRecords } from '../store/index.ts'
import { IncomingTransfer } from './incoming-transfer.ts'
import { OutgoingTransfer } from './outgoing-transfer.ts'
import { DEFAULT_RETRY } from './retry-policy.ts'
import { isEnded, type TransferEvent } from './transfer-machine.ts'
import type {
  IncomingKind,
  RestartOwner,
  TransferAttempt,
  TransferSpec,
  Transfers,
  TransfersConfig,
  TransfersPorts,
} from './transfer-ports.ts'
import { logLine, type TransferRecord, viewOf } from './transfer-record.ts'

const TICK_MS = 1000
const DEFAULT_MAX_ENDED = 1000
const DEFAULT_IDLE_MS = 2000

export function createTransfers(ports: TransfersPorts, config: TransfersConfig): Transfers {
  return new TransferTable(ports, config)
}

/** Owns every row: live ones as objects that run, ended ones as records. */
class TransferTable implements Transfers {
  readonly table = new Table<TransferView>((view) => view.id)
  readonly #ports: TransfersPorts
  readonly #config: TransfersConfig
  readonly #records: JsonRecords<TransferRecord>
  readonly #ids: NanoIds
  readonly #throttles: Record<IncomingKind, Throttle>
  readonly #owners = new Map<IncomingKind, RestartOwner>()
  readonly #incoming = new Map<string, IncomingTransfer>()
  /** By key; the same objects by id in `#outgoingById`. */
  readonly #outgoing = new Map<string, OutgoingTransfer>()
  readonly #outgoingById = new Map<string, OutgoingTransfer>()
  /** Ids of ended rows, oldest first. */
  readonly #ended = new Set<string>()
  readonly #writes = new Set<Promise<void>>()
  #ticker: NodeJS.Timeout | null = null
  #closed = false

  constructor(ports: TransfersPorts, config: TransfersConfig) {
    this.#ports = ports
    this.#config = config
    this.#records = new JsonRecords(ports.store, '/transfers')
    this.#ids = new NanoIds(ports.clock)
    this.#throttles = {
      dag: new Throttle(config.maxConcurrentRetrievals),
      'deal-data': new Throttle(config.maxConcurrentDeals),
    }
  }

  async start(): Promise<void> {
    const records: TransferRecord[] = []
    const damaged = (id: string, error: Error) =>
      this.#ports.log.warn('skipped a damaged transfer record', { id, error: error.message })
    for await (const [, record] of this.#records.entries(damaged)) records.push(record)
    records.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
    for (const record of records) {
      if (!isEnded(record.state) && record.state !== 'paused') interrupt(record, timestamp(this.#ports.clock))
      if (record.direction === 'in') this.#adopt(record)
      else this.table.set(viewOf(record, IDLE))
      if (isEnded(record.state)) this.#noteEnded(record.id)
    }
    this.#ticker = setInterval(() => this.#tick(), TICK_MS)
    this.#ticker.unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#ticker !== null) clearInterval(this.#ticker)
    for (const transfer of this.#outgoing.values()) transfer.close()
    await Promise.all([...this.#incoming.values()].map((transfer) => transfer.close()))
    await Promise.all(this.#writes)
  }

  list(): TransferView[] {
    return this.table.rows()
  }

  get(id: string): TransferView {
    const view = this.table.get(id)
    if (view === undefined)
      throw new EngineError('TRANSFER_NOT_FOUND', `There is no transfer ${id}.`, { details: { id } })
    return view
  }

  pause(id: string): Promise<TransferView> {
    return this.#act(id, 'pause')
  }

  resume(id: string): Promise<TransferView> {
    return this.#act(id, 'resume')
  }

  cancel(id: string): Promise<TransferView> {
    return this.#act(id, 'cancel')
  }

  async restart(id: string): Promise<TransferView> {
    const row = this.get(id)
    if (row.direction === 'out' && row.ownerId !== null && isEnded(row.state) && !this.#isLive(id)) {
      await this.#owners.get('deal-data')?.(row.ownerId)
      return this.table.get(id) ?? row
    }
    const view = await this.#act(id, 'restart')
    await this.#incoming.get(id)?.asked
    return this.table.get(id) ?? view
  }

  setLimit(of: 'retrievals' | 'deals', limit: number): void {
    this.#throttles[of === 'retrievals' ? 'dag' : 'deal-data'].limit = limit
  }

  setOwner(kind: IncomingKind, restart: RestartOwner): void {
    this.#owners.set(kind, restart)
  }

  async run(
    spec: TransferSpec,
    attempt: (hands: TransferAttempt) => Promise<void>,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    if (this.#closed) throw new EngineError('CLOSED', 'Carport is quitting.')
    const transfer = this.#incoming.get(spec.id) ?? this.#adopt(this.#newRecord(spec))
    this.#ended.delete(spec.id)
    await transfer.run(spec, attempt, options.signal)
  }

  openOutgoing(spec: OutgoingSpec): OutgoingRead {
    const known = this.#outgoing.get(spec.key)
    if (known !== undefined) return known.open(spec.counterparty)
    const transfer = new OutgoingTransfer(this.#ids.next(), spec, {
      clock: this.#ports.clock,
      idleMs: this.#config.idleMs ?? DEFAULT_IDLE_MS,
      show: (shown) => this.table.set(viewOf(shown.record, shown)),
      changed: (changed) => this.#outgoingChanged(changed),
    })
    this.#outgoing.set(spec.key, transfer)
    this.#outgoingById.set(transfer.id, transfer)
    return transfer.open(spec.counterparty)
  }

  endOutgoing(key: string, error?: unknown): void {
    const failure = error === undefined ? undefined : EngineError.from(error)
    const event =
      failure === undefined ? 'owner-done' : failure.code === 'CANCELLED' ? 'owner-cancelled' : 'owner-failed'
    const transfer = this.#outgoing.get(key)
    transfer?.dispatch(event, failure)
    if (transfer !== undefined) this.#outgoing.delete(key)
  }

  async #act(id: string, event: Extract<TransferEvent, 'pause' | 'resume' | 'cancel' | 'restart'>) {
    const before = this.get(id)
    const outgoing = this.#outgoingById.get(id)
    if (outgoing !== undefined) outgoing.dispatch(event)
    else await this.#incoming.get(id)?.dispatch(event)
    return this.table.get(id) ?? before
  }

  /** Whether reads under its key still belong to this outgoing transfer. */
  #isLive(id: string): boolean {
    const transfer = this.#outgoingById.get(id)
    return transfer !== undefined && this.#outgoing.get(transfer.key) === transfer
  }

  #newRecord(spec: TransferSpec): TransferRecord {
    const { id, kind, what, counterparty, doneBytes, totalBytes, ownerId } = spec
    return {
      ...{ version: 1, id, direction: 'in', kind, what, counterparty, doneBytes, totalBytes, ownerId },
      ...{ state: 'queued', message: '', error: null, retries: 0, endedAt: null, log: [] },
      startedAt: timestamp(this.#ports.clock),
    }
  }

  #adopt(record: TransferRecord): IncomingTransfer {
    const kind = record.kind === 'dag' ? 'dag' : 'deal-data'
    const transfer = new IncomingTransfer(record, {
      clock: this.#ports.clock,
      throttle: this.#throttles[kind],
      policy: { ...DEFAULT_RETRY, ...this.#config.retry },
      restartOwner: (ownerId) => this.#owners.get(kind)?.(ownerId) ?? Promise.resolve(),
      persist: (changed) => this.#records.put(changed.id, changed),
      show: (shown) => {
        this.table.set(viewOf(shown.record, shown))
        if (isEnded(shown.record.state)) this.#noteEnded(shown.id)
      },
    })
    this.#incoming.set(record.id, transfer)
    this.table.set(viewOf(record, IDLE))
    return transfer
  }

  #outgoingChanged(transfer: OutgoingTransfer): void {
    this.table.set(viewOf(transfer.record, transfer))
    if (!isEnded(transfer.record.state)) return
    this.#write(this.#records.put(transfer.id, { ...transfer.record, log: [...transfer.record.log] }))
    this.#noteEnded(transfer.id)
  }

  /** Keeps the number of ended rows bounded: the oldest are forgotten. */
  #noteEnded(id: string): void {
    this.#ended.delete(id)
    this.#ended.add(id)
    const max = this.#config.maxEnded ?? DEFAULT_MAX_ENDED
    for (const oldest of this.#ended) {
      if (this.#ended.size <= max) return
      this.#ended.delete(oldest)
      this.#forget(oldest)
    }
  }

  #forget(id: string): void {
    const row = this.table.get(id)
    if (row !== undefined && !isEnded(row.state)) return
    const outgoing = this.#outgoingById.get(id)
    if (outgoing !== undefined && this.#outgoing.get(outgoing.key) === outgoing) this.#outgoing.delete(outgoing.key)
    this.#outgoingById.delete(id)
    this.#incoming.delete(id)
    this.table.delete(id)
    this.#write(this.#records.delete(id))
  }

  #write(written: Promise<void>): void {
    const noted = written
      .catch((error: unknown) =>
        this.#ports.log.warn('could not remember a transfer', { error: EngineError.from(error).message }),
      )
      .finally(() => this.#writes.delete(noted))
    this.#writes.add(noted)
  }

  #tick(): void {
    for (const transfer of this.#incoming.values()) transfer.tick()
    for (const transfer of this.#outgoing.values()) transfer.tick()
  }
}

const IDLE = { rate: 0, etaSeconds: null }

/** What a record of an earlier run of the program says, until its owner runs it again. */
function interrupt(record: TransferRecord, at: string): void {
  const code: ErrorCode = record.kind === 'dag' ? 'RETRIEVAL_INTERRUPTED' : 'DEAL_INTERRUPTED'
  const error = new EngineError(code, 'It was interrupted when Carport stopped.')
  record.state = 'failed'
  record.error = error.toValue()
  record.endedAt = at
  logLine(record, at, error.message)
}
