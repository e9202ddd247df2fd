import { type Clock, EngineError, type Logger } from '../base/index.ts'
import type { Store, StoreOperation } from '../store/index.ts'
import type { ShardOp, ShardTrace } from './dagstore-ports.ts'
import { Periodic } from './periodic.ts'
import { STATE_NUMBERS, stateOfNumber } from './shard-state.ts'

/** Something that happened to a shard, without its key. */
export type ShardMoment = Omit<ShardTrace, 'key'>

/** As it is kept: [milliseconds, op, number of the state, error]. */
type Row = Array<[at: number, op: ShardOp, state: number, error?: string]>

/** The latest of a shard. */
const KEPT_MOMENTS = 50
const KEPT_BYTES = 4096
const KEPT_ERROR = 500
const WRITE_INTERVAL_MS = 1000
/** Then it is written at once, so that what waits stays small however much happens. */
const WAITING_SHARDS = 4000

/**
 * What happened to shards: rows `/ph/<key>`, 4 KiB for a shard at the most. Nothing waits for them: they are written in
 * groups, once a second, and not synced, so a kill takes the last second and costs nobody anything; and nothing of them
 * is in memory but what is to be written.
 */
export class ShardHistory {
  readonly #store: Store
  readonly #writing: Periodic
  readonly #log: Logger
  /** To be written. null: the row is to be removed. Begins with a register where there is nothing before. */
  #waiting = new Map<string, ShardMoment[] | null>()
  #written: Promise<void> = Promise.resolve()

  constructor(store: Store, clock: Clock, log: Logger) {
    this.#store = store
    this.#log = log
    this.#writing = new Periodic(clock, WRITE_INTERVAL_MS, () => this.flush())
  }

  start(): void {
    this.#writing.start()
  }

  async close(): Promise<void> {
    await this.#writing.close()
    await this.flush()
  }

  /** Readers come and go too often to be kept. */
  note({ key, ...moment }: ShardTrace): void {
    if (moment.op === 'Acquire' || moment.op === 'Release') return
    if (moment.op === 'Destroy') this.#waiting.set(key, null)
    else {
      const waiting = this.#waiting.get(key)
      if (waiting == null) this.#waiting.set(key, [moment])
      else waiting.push(moment)
    }
    if (this.#waiting.size >= WAITING_SHARDS) void this.flush()
  }

  /** Oldest first. */
  async of(key: string): Promise<ShardMoment[]> {
    await this.flush()
    const row = rowOf(await this.#store.get(rowKey(key)))
    return row.map(([at, op, state, error]) => ({
      ...{ op, state: stateOfNumber(state) ?? 'Errored', error: error ?? null },
      at: new Date(at).toISOString(),
    }))
  }

  /** Of a shard whose removal was interrupted. */
  forget(key: string): void {
    this.#waiting.set(key, null)
  }

  /** Resolves when everything noted so far is written. Never rejects. */
  flush(): Promise<void> {
    const waiting = this.#waiting
    if (waiting.size === 0) return this.#written
    this.#waiting = new Map()
    this.#written = this.#written
      .then(() => this.#write(waiting))
      .catch((thrown: unknown) => {
        this.#log.warn('the history of shards could not be written', { error: EngineError.from(thrown).message })
      })
    return this.#written
  }

  async #write(waiting: ReadonlyMap<string, ShardMoment[] | null>): Promise<void> {
    const older = [...waiting].filter(([, moments]) => moments !== null && !isNew(moments)).map(([key]) => key)
    const values = older.length === 0 ? [] : await this.#store.getMany(older.map(rowKey))
    const rows = new Map(older.map((key, i) => [key, rowOf(values[i])]))
    const operations = Array.from(waiting, ([key, moments]): StoreOperation => {
      if (moments === null) return { type: 'delete', key: rowKey(key) }
      return { type: 'put', key: rowKey(key), value: encoded([...(rows.get(key) ?? []), ...moments.map(shortened)]) }
    })
    await this.#store.batch(operations, { durable: false })
  }
}

/** Nothing can have been written of a shard that was registered just now: it was destroyed before, if it ever was. */
function isNew(moments: readonly ShardMoment[] | undefined): boolean {
  return moments?.[0]?.op === 'Register'
}

function shortened({ at, op, state, error }: ShardMoment): Row[number] {
  const ms = Date.parse(at)
  const number = STATE_NUMBERS[state]
  return error === null ? [ms, op, number] : [ms, op, number, error.slice(0, KEPT_ERROR)]
}

function encoded(row: Row): Uint8Array {
  let from = Math.max(0, row.length - KEPT_MOMENTS)
  let value = Buffer.from(JSON.stringify(row.slice(from)))
  while (value.length > KEPT_BYTES && from < row.length - 1) value = Buffer.from(JSON.stringify(row.slice(++from)))
  return value
}

/** A row that is damaged is no reason to keep a shard from anything. */
function rowOf(value: Uint8Array | undefined): Row {
  if (value === undefined) return []
  try {
    const row: unknown = JSON.parse(Buffer.from(value).toString())
    return Array.isArray(row) ? (row as Row).filter(isMoment) : []
  } catch {
    return []
  }
}

function isMoment(moment: unknown): boolean {
  return Array.isArray(moment) && Number.isSafeInteger(moment[0]) && typeof moment[1] === 'string'
}

function rowKey(key: string): Uint8Array {
  return Buffer.from(`/ph/${key}`)
}
