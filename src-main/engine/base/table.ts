import type { TableEvent } from '../../../src-shared/contract/index.ts'
import { EventStream } from './event-stream.ts'

const SNAPSHOT_PART = 2000

/**
 * Rows that the window shows live: a snapshot, then changes. Changes of one turn of the event loop, and of one row
 * within `intervalMs`, are sent as one, so that a client that reads slowly is not flooded.
 */
export class Table<Row> {
  readonly #idOf: (row: Row) => string
  readonly #rows = new Map<string, Row>()
  readonly #changes = new EventStream<TableEvent<Row>>()
  readonly #intervalMs: number
  #changed = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #seq = 0

  constructor(idOf: (row: Row) => string, intervalMs = 100) {
    this.#idOf = idOf
    this.#intervalMs = intervalMs
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  rows(): Row[] {
    return [...this.#rows.values()]
  }

  set(row: Row): void {
    const id = this.#idOf(row)
    this.#rows.set(id, row)
    this.#touch(id)
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#touch(id)
  }

  /** The whole table first, then every change, until `signal` is aborted. */
  async *watch(signal?: AbortSignal): AsyncGenerator<TableEvent<Row>, void, void> {
    this.#flush()
    const left = new AbortController()
    const changes = this.#changes.subscribe(signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]))
    const rows = this.rows()
    const seq = this.#seq
    // The generator subscribes at its first next(): start it before anything is awaited, so that no change is lost.
    let next = changes.next()
    try {
      for (let from = 0; from === 0 || from < rows.length; from += SNAPSHOT_PART) {
        const part = rows.slice(from, from + SNAPSHOT_PART)
        yield { type: 'snapshot', seq, rows: part, complete: from + SNAPSHOT_PART >= rows.length }
      }
      while (true) {
        const { value, done } = await next
        if (done === true) return
        yield value
        next = changes.next()
      }
    } finally {
      left.abort()
    }
  }

  #touch(id: string): void {
    if (!this.#changes.hasListeners) return // whoever comes later begins with a snapshot
    this.#changed.add(id)
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => this.#flush(), this.#intervalMs)
    this.#timer.unref()
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const changed = this.#changed
    if (changed.size === 0) return
    this.#changed = new Set()
    const upserted: Row[] = []
    const removed: string[] = []
    for (const id of changed) {
      const row = this.#rows.get(id)
      if (row === undefined) removed.push(id)
      else upserted.push(row)
    }
    if (upserted.length > 0) this.#changes.publish({ type: 'upsert', seq: ++this.#seq, rows: upserted })
    if (removed.length > 0) this.#changes.publish({ type: 'remove', seq: ++this.#seq, ids: removed })
  }
}
