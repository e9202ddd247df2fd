import type { BulkRunView, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { JsonRecords, type Store, type StoreOperation } from '../../store/index.ts'

/** What is known of a run without looking at its shards. */
export interface RunHead {
  id: string
  verb: BulkVerb
  lazy: boolean
  url: string | null
  state: BulkRunView['state']
  concurrency: number
  startedMs: number
  /** Its last view, once it has ended. */
  last: BulkRunView | null
}

/** What happened in a run since the row before. Numbers are places in the plan, from 0. */
export interface RunRow {
  begun?: number[]
  done?: number[]
  skipped?: Record<string, number[]>
  failed?: Array<[at: number, key: string, code: string, message: string]>
}

const HEADS = '/bulk/run'
const PAUSED = Buffer.from('/bulk/paused')
const KEYS_TOGETHER = 1000
const DELETED_TOGETHER = 1000

/**
 * Runs in a Store, so that they outlive the program: a head for each, its keys in rows of a thousand, written once, and
 * a row for what has happened in a moment, never written again. So a shard costs some bytes, however many there are.
 * The rows of what happened are not synced: those that a power cut takes are of shards that are looked at again.
 */
export class RunRecords {
  readonly #store: Store
  readonly #heads: JsonRecords<RunHead>

  constructor(store: Store) {
    this.#store = store
    this.#heads = new JsonRecords(store, HEADS)
  }

  /** Everything of a run that begins; durable. */
  begin(head: RunHead, keys: readonly string[]): Promise<void> {
    const operations = [putOf(headKey(head.id), head)]
    for (let from = 0; from < keys.length; from += KEYS_TOGETHER)
      operations.push(putOf(keysPrefix(head.id) + rowNumber(from), keys.slice(from, from + KEYS_TOGETHER)))
    return this.#store.batch(operations)
  }

  putHead(head: RunHead): Promise<void> {
    return this.#heads.put(head.id, head)
  }

  append(id: string, number: number, row: RunRow): Promise<void> {
    return this.#store.batch([putOf(logPrefix(id) + rowNumber(number), row)], { durable: false })
  }

  /** Of a run that has ended only the head and what happened stay. */
  async end(head: RunHead): Promise<void> {
    const keys = await this.#rowsUnder(keysPrefix(head.id))
    await this.#store.batch([putOf(headKey(head.id), head), ...keys.map(deletionOf)])
  }

  async heads(onDamaged: (id: string) => void): Promise<RunHead[]> {
    const heads: RunHead[] = []
    for await (const [, head] of this.#heads.entries(onDamaged)) heads.push(head)
    return heads
  }

  async keys(id: string): Promise<string[]> {
    const keys: string[] = []
    for await (const { value } of this.#store.texts(keysPrefix(id))) keys.push(...(JSON.parse(value) as string[]))
    return keys
  }

  async *rows(id: string): AsyncGenerator<RunRow, void, void> {
    for await (const { value } of this.#store.texts(logPrefix(id))) yield JSON.parse(value) as RunRow
  }

  /** The head goes last: what a crash leaves can be removed again. */
  async remove(id: string): Promise<void> {
    const rows = [...(await this.#rowsUnder(keysPrefix(id))), ...(await this.#rowsUnder(logPrefix(id)))]
    for (let from = 0; from < rows.length; from += DELETED_TOGETHER)
      await this.#store.batch(rows.slice(from, from + DELETED_TOGETHER).map(deletionOf), { durable: false })
    await this.#heads.delete(id)
  }

  /** Whether all bulk work was paused. */
  async wasPaused(): Promise<boolean> {
    return (await this.#store.get(PAUSED)) !== undefined
  }

  notePaused(isPaused: boolean): Promise<void> {
    return isPaused ? this.#store.put(PAUSED, Buffer.from('yes')) : this.#store.delete(PAUSED)
  }

  async #rowsUnder(prefix: string): Promise<string[]> {
    const rows: string[] = []
    for await (const { key } of this.#store.texts(prefix)) rows.push(key)
    return rows
  }
}

const headKey = (id: string) => `${HEADS}/${id}`
const keysPrefix = (id: string) => `/bulk/keys/${id}/`
const logPrefix = (id: string) => `/bulk/log/${id}/`
const rowNumber = (number: number) => String(number).padStart(10, '0')

function putOf(key: string, value: unknown): StoreOperation {
  return { type: 'put', key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)) }
}

function deletionOf(key: string): StoreOperation {
  return { type: 'delete', key: Buffer.from(key) }
}
