import type { Store, StoreOperation } from '../../store/index.ts'
import { DeferredRows } from '../deferred-rows.ts'
import { goRowKey, survivesGoClean } from './go-path.ts'
import { decodeShardRecord, encodeShardRecord, type ShardRecord } from './shard-record.ts'

/** A row as it was found. */
export interface StoredRow {
  /** The row's key without its namespace: the shard's key, unless somebody misplaced it. */
  rowName: string
  /** The record, or why it cannot be used, as part of a sentence. */
  content: { record: ShardRecord } | { damage: string; text: string }
}

/**
 * `remove` deletes a record and notes that the shard's files are still to be deleted; `removed` says that they are.
 * `removeRow` deletes a row as it was found, whose name may be none that a key has.
 */
export type RecordChange = { put: ShardRecord } | { remove: string } | { removed: string } | { removeRow: string }

/** What a change is about: of several to one thing the last counts. */
export function subjectOf(change: RecordChange): string {
  if ('put' in change) return change.put.key
  if ('removeRow' in change) return `row ${change.removeRow}`
  return 'remove' in change ? change.remove : change.removed
}

/** Port: where the records of shards are kept. */
export interface ShardRecords {
  rows(): AsyncIterable<StoredRow>
  /** Keys whose record was removed, and whose files perhaps were not. */
  unfinishedRemovals(): AsyncIterable<string>
  /** All changes or none; they survive a power cut once this resolves. */
  save(changes: RecordChange[]): Promise<void>
}

/** Whether a key keeps its own row: keys that Go's clean-up would change share a row with another key. */
export function isUsableShardKey(key: string): boolean {
  const bytes = Buffer.from(key)
  return key !== '' && bytes.toString() === key && survivesGoClean(bytes)
}

/** The name of the row that a key's record belongs in. */
export function rowNameOf(key: string): string {
  return Buffer.from(rowKeyOf(key))
    .toString()
    .slice(NAMESPACE.length + 1)
}

const NAMESPACE = '/dagstore'
const REMOVALS = '/pr/'

/** Records in a Store, in the rows `/dagstore/<key>` that Go uses. */
export class StoreShardRecords implements ShardRecords {
  readonly #store: Store
  readonly #rows: DeferredRows

  /** `rows` wait for records: they are written in one batch with them. */
  constructor(store: Store, rows: DeferredRows = new DeferredRows(store)) {
    this.#store = store
    this.#rows = rows
  }

  async *rows(): AsyncGenerator<StoredRow, void, void> {
    const prefix = `${NAMESPACE}/`
    for await (const { key, value } of this.#store.texts(prefix)) {
      const decoded = decodeShardRecord(value)
      const content = 'damage' in decoded ? { damage: decoded.damage, text: value } : { record: decoded }
      yield { rowName: key.slice(prefix.length), content }
    }
  }

  async *unfinishedRemovals(): AsyncGenerator<string, void, void> {
    for await (const { key } of this.#store.texts(REMOVALS)) yield key.slice(REMOVALS.length)
  }

  save(changes: RecordChange[]): Promise<void> {
    return this.#rows.write(changes.flatMap(operationsOf))
  }
}

function operationsOf(change: RecordChange): StoreOperation[] {
  if ('put' in change) return [{ type: 'put', key: rowKeyOf(change.put.key), value: encodeShardRecord(change.put) }]
  if ('removeRow' in change) return [{ type: 'delete', key: Buffer.from(`${NAMESPACE}/${change.removeRow}`) }]
  if ('removed' in change) return [{ type: 'delete', key: removalKeyOf(change.removed) }]
  return [
    { type: 'delete', key: rowKeyOf(change.remove) },
    { type: 'put', key: removalKeyOf(change.remove), value: new Uint8Array(0) },
  ]
}

function removalKeyOf(key: string): Uint8Array {
  return Buffer.from(REMOVALS + key)
}

function rowKeyOf(key: string): Uint8Array {
  return goRowKey(NAMESPACE, Buffer.from(key))
}
