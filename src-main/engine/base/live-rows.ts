import type { TableEvent } from '../../../src-shared/contract/index.ts'
import { othersRun } from './others-run.ts'

/** What a live table shows: a Map of rows, or rows that are made of something else whenever they are asked for. */
export interface RowSource<Row> {
  readonly size: number
  get(id: string): Row | undefined
  /** May be gone over while rows come and go. */
  values(): Iterable<Row>
}

interface Watcher {
  /** Rows that changed since it took the last changes. */
  changed: Set<string>
  wake(): void
}

const PART_ROWS = 2000

/**
 * Rows that the window shows live: a snapshot, then changes. What changes within `intervalMs` is sent as one. A client
 * that reads slowly, or not at all, costs no more than the names of the rows that changed meanwhile: it is sent each of
 * them once, as it is then.
 */
export class LiveRows<Row> {
  readonly #source: RowSource<Row>
  readonly #watchers = new Set<Watcher>()
  readonly #intervalMs: number
  #changed = new Set<string>()
  #timer: NodeJS.Timeout | null = null

  constructor(source: RowSource<Row>, intervalMs = 100) {
    this.#source = source
    this.#intervalMs = intervalMs
  }

  get size(): number {
    return this.#source.size
  }

  get(id: string): Row | undefined {
    return this.#source.get(id)
  }

  rows(): Row[] {
    return [...this.#source.values()]
  }

  /** Says that a row is there, is another, or is gone. */
  changed(id: string): void {
    if (this.#watchers.size === 0) return // whoever comes later begins with a snapshot
    this.#changed.add(id)
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => this.#flush(), this.#intervalMs)
    this.#timer.unref()
  }

  /** The whole table first, then every change, until `signal` is aborted. Events are numbered one after another. */
  async *watch(signal?: AbortSignal): AsyncGenerator<TableEvent<Row>, void, void> {
    const watcher: Watcher = { changed: new Set(), wake: () => {} }
    const onAbort = () => watcher.wake()
    this.#watchers.add(watcher)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      yield* this.#snapshot()
      let seq = 0
      while (signal?.aborted !== true) {
        const ids = watcher.changed
        watcher.changed = new Set()
        for (const change of this.#changesOf(ids)) yield { ...change, seq: ++seq }
        if (watcher.changed.size > 0) continue
        await new Promise<void>((resolve) => {
          watcher.wake = resolve
          if (signal?.aborted) resolve()
        })
      }
    } finally {
      this.#watchers.delete(watcher)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Others have their turn between the parts: a hundred thousand rows take a while. */
  async *#snapshot(): AsyncGenerator<TableEvent<Row>, void, void> {
    let part: Row[] = []
    for (const row of this.#source.values()) {
      if (part.length === PART_ROWS) {
        yield { type: 'snapshot', seq: 0, rows: part, complete: false }
        part = []
        await othersRun()
      }
      part.push(row)
    }
    yield { type: 'snapshot', seq: 0, rows: part, complete: true }
  }

  *#changesOf(ids: ReadonlySet<string>): Generator<Change<Row>, void, void> {
    let rows: Row[] = []
    const removed: string[] = []
    for (const id of ids) {
      const row = this.#source.get(id)
      if (row === undefined) removed.push(id)
      else if (rows.push(row) === PART_ROWS) {
        yield { type: 'upsert', rows }
        rows = []
      }
    }
    if (rows.length > 0) yield { type: 'upsert', rows }
    if (removed.length > 0) yield { type: 'remove', ids: removed }
  }

  #flush(): void {
    this.#timer = null
    const changed = this.#changed
    this.#changed = new Set()
    for (const watcher of this.#watchers) {
      for (const id of changed) watcher.changed.add(id)
      watcher.wake()
    }
  }
}

type Change<Row> = { type: 'upsert'; rows: Row[] } | { type: 'remove'; ids: string[] }
