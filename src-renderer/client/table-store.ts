import { createStore, type StoreApi } from 'zustand/vanilla'
import type { TableEvent } from '../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { pauseMs } from './connection.ts'
import { errorValueOf } from './error-value.ts'

/**
 * The window's copy of one of the engine's tables: a snapshot, then sequenced changes.
 *
 * Invariants: a snapshot replaces the rows as a whole, only when its last part has come; a change is applied only when
 * its `seq` follows the last one, otherwise the table subscribes again; the last known rows stay, marked `stale`, while
 * the engine is away. An unchanged row keeps its identity and position, so that views can tell quickly what changed.
 */
export interface TableState<Row> {
  rows: readonly Row[]
  /** loading: nothing known yet. live: as the engine has it. stale: last known, not being updated. */
  status: 'loading' | 'live' | 'stale'
  /** When the rows were last known to be right; `Date.now()` time. */
  asOf: number | null
  /** Why the last subscription failed; null while it works. */
  error: ErrorValue | null
}

export interface TableStore<Row> {
  readonly state: StoreApi<TableState<Row>>
  readonly idOf: (row: Row) => string
  get(id: string): Row | undefined
  /** Keeps the table subscribed until the returned function is called. Users are counted. */
  use(): () => void
  /** A row that a call returned, shown at once instead of with the next event. */
  put(row: Row): void
}

export interface TableSource<Row> {
  idOf: (row: Row) => string
  watch: (signal: AbortSignal) => Promise<AsyncIterable<TableEvent<Row>>>
  whenOnline: (signal: AbortSignal) => Promise<void>
  /** How long an unused table stays subscribed, so that going back and forth does not load it again. */
  lingerMs?: number
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A table this long is shown anew four times a second at most: each time costs a pass over all of its rows. */
const LONG_TABLE_ROWS = 10_000
const LONG_TABLE_MS = 250

export function createTableStore<Row>(source: TableSource<Row>): TableStore<Row> {
  const state = createStore<TableState<Row>>(() => ({ rows: [], status: 'loading', asOf: null, error: null }))
  const contents = new Contents(source.idOf)
  let users = 0
  let running: AbortController | null = null
  let linger: ReturnType<typeof setTimeout> | undefined

  let publishing: ReturnType<typeof setTimeout> | undefined
  let publishedAt = 0
  const publishNow = () => {
    clearTimeout(publishing)
    publishing = undefined
    publishedAt = performance.now()
    state.setState({ rows: contents.take(), status: 'live', asOf: Date.now(), error: null }, true)
  }
  const publish = () => {
    const waitMs = contents.size < LONG_TABLE_ROWS ? 0 : publishedAt + LONG_TABLE_MS - performance.now()
    if (waitMs <= 0 || state.getState().status !== 'live') publishNow()
    else publishing ??= setTimeout(publishNow, waitMs)
  }
  const becomeStale = (error?: ErrorValue) => {
    if (publishing !== undefined) publishNow()
    state.setState({ status: staleOr(state.getState().status), ...(error !== undefined && { error }) })
  }

  async function follow(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        await source.whenOnline(signal)
        const outcome = await consume(await source.watch(signal), contents, () => {
          failures = 0
          publish()
        })
        if (signal.aborted) return
        if (outcome === 'gap') continue
        becomeStale()
      } catch (error) {
        if (signal.aborted) return
        becomeStale(errorValueOf(error))
      }
      failures++
      await (source.pause ?? pause)(pauseMs(failures), signal)
    }
  }

  return {
    state,
    idOf: source.idOf,
    get: (id) => contents.get(id),
    use() {
      users++
      clearTimeout(linger)
      if (running === null) {
        running = new AbortController()
        void follow(running.signal)
      }
      let released = false
      return () => {
        if (released) return
        released = true
        users--
        if (users > 0) return
        linger = setTimeout(() => {
          running?.abort()
          running = null
          becomeStale()
        }, source.lingerMs ?? 60_000)
      }
    },
    put(row) {
      if (state.getState().status === 'loading') return
      contents.upsert([row])
      state.setState({ rows: contents.take() })
    },
  }
}

/** Applies a stream until it ends or misses an event. */
async function consume<Row>(
  events: AsyncIterable<TableEvent<Row>>,
  contents: Contents<Row>,
  publish: () => void,
): Promise<'ended' | 'gap'> {
  let parts: Row[] = []
  let last: number | null = null
  for await (const event of events) {
    if (event.type === 'snapshot') {
      parts = parts.concat(event.rows)
      if (!event.complete) continue
      contents.replace(parts)
      parts = []
      last = event.seq
    } else {
      if (last === null || event.seq <= last) continue
      if (event.seq !== last + 1) return 'gap'
      last = event.seq
      if (event.type === 'upsert') contents.upsert(event.rows)
      else contents.remove(event.ids)
    }
    publish()
  }
  return 'ended'
}

/**
 * Rows as an array that is copied when it changes after it was given out: copying 100,000 pointers costs less than
 * copying a Map of them.
 */
class Contents<Row> {
  #rows: Row[] = []
  #given = false
  #positions = new Map<string, number>()
  readonly #idOf: (row: Row) => string

  constructor(idOf: (row: Row) => string) {
    this.#idOf = idOf
  }

  get size(): number {
    return this.#rows.length
  }

  get(id: string): Row | undefined {
    const position = this.#positions.get(id)
    return position === undefined ? undefined : this.#rows[position]
  }

  /** The rows as they are now; this array never changes. */
  take(): readonly Row[] {
    this.#given = true
    return this.#rows
  }

  replace(rows: Row[]): void {
    this.#rows = rows
    this.#given = false
    this.#positions = new Map(rows.map((row, position) => [this.#idOf(row), position]))
  }

  upsert(changed: readonly Row[]): void {
    if (this.#given) this.#rows = this.#rows.slice()
    this.#given = false
    for (const row of changed) {
      const id = this.#idOf(row)
      const position = this.#positions.get(id)
      if (position !== undefined) this.#rows[position] = row
      else this.#positions.set(id, this.#rows.push(row) - 1)
    }
  }

  remove(ids: readonly string[]): void {
    const gone = new Set(ids)
    this.replace(this.#rows.filter((row) => !gone.has(this.#idOf(row))))
  }
}

function staleOr(status: TableState<unknown>['status']): TableState<unknown>['status'] {
  return status === 'loading' ? 'loading' : 'stale'
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
