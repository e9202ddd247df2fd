import { describe, expect, it, vi } from 'vitest'
import type { TableEvent } from '../../src-shared/contract/index.ts'
import { createTableStore, type TableState } from './table-store.ts'

interface Row {
  id: string
  size: number
}

const row = (id: string, size = 1): Row => ({ id, size })

/** A table of the engine whose streams the test writes by hand. */
function engineTable() {
  const streams: Stream[] = []
  const waiting: ((stream: Stream) => void)[] = []
  return {
    watch: () => {
      const stream = new Stream()
      const taker = waiting.shift()
      if (taker === undefined) streams.push(stream)
      else taker(stream)
      return Promise.resolve(stream)
    },
    /** The next subscription that the store makes, or has made. */
    subscription: () =>
      new Promise<Stream>((resolve) => {
        const stream = streams.shift()
        if (stream === undefined) waiting.push(resolve)
        else resolve(stream)
      }),
  }
}

class Stream implements AsyncIterable<TableEvent<Row>> {
  readonly #events: (TableEvent<Row> | Error | 'end')[] = []
  #wake: (() => void) | null = null
  closed = false

  send(event: TableEvent<Row> | Error | 'end') {
    this.#events.push(event)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator]() {
    try {
      while (true) {
        const event = this.#events.shift()
        if (event === 'end') return
        if (event instanceof Error) throw event
        if (event !== undefined) yield event
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
      }
    } finally {
      this.closed = true
    }
  }
}

function setUp() {
  const engine = engineTable()
  const store = createTableStore<Row>({
    idOf: ({ id }) => id,
    watch: engine.watch,
    whenOnline: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    lingerMs: 0,
  })
  const until = (test: (state: TableState<Row>) => boolean) =>
    new Promise<TableState<Row>>((resolve) => {
      if (test(store.state.getState())) return resolve(store.state.getState())
      const stop = store.state.subscribe((state) => {
        if (!test(state)) return
        stop()
        resolve(state)
      })
    })
  return { engine, store, until, release: store.use() }
}

describe('a table of the engine in the window', () => {
  it('shows a snapshot only when its last part has come', async () => {
    const { engine, store, until } = setUp()
    const stream = await engine.subscription()
    stream.send({ type: 'snapshot', seq: 7, rows: [row('a')], complete: false })
    expect(store.state.getState().status).toBe('loading')
    stream.send({ type: 'snapshot', seq: 7, rows: [row('b')], complete: true })
    const { rows } = await until(({ status }) => status === 'live')
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('applies changes in sequence and keeps the identity and position of untouched rows', async () => {
    const { engine, store, until } = setUp()
    const stream = await engine.subscription()
    stream.send({ type: 'snapshot', seq: 1, rows: [row('a'), row('b'), row('c')], complete: true })
    const before = await until(({ status }) => status === 'live')
    stream.send({ type: 'upsert', seq: 2, rows: [row('b', 9), row('d')] })
    const after = await until(({ rows }) => rows.length === 4)
    expect(after.rows.map(({ id, size }) => `${id}${size}`)).toEqual(['a1', 'b9', 'c1', 'd1'])
    expect(after.rows[0]).toBe(before.rows[0])
    stream.send({ type: 'remove', seq: 3, ids: ['a', 'unknown'] })
    await until(({ rows }) => rows.length === 3)
    expect(store.get('a')).toBeUndefined()
    expect(store.get('b')?.size).toBe(9)
  })

  it('subscribes again when an event is missing, and shows the new snapshot', async () => {
    const { engine, until } = setUp()
    const first = await engine.subscription()
    first.send({ type: 'snapshot', seq: 1, rows: [row('a')], complete: true })
    await until(({ status }) => status === 'live')
    first.send({ type: 'upsert', seq: 3, rows: [row('late')] })
    const second = await engine.subscription()
    expect(first.closed).toBe(true)
    second.send({ type: 'snapshot', seq: 3, rows: [row('a'), row('missed'), row('late')], complete: true })
    const { rows } = await until(({ rows: now }) => now.length === 3)
    expect(rows.map(({ id }) => id)).toEqual(['a', 'missed', 'late'])
  })

  it('ignores changes that the snapshot already holds', async () => {
    const { engine, store, until } = setUp()
    const stream = await engine.subscription()
    stream.send({ type: 'snapshot', seq: 5, rows: [row('a', 2)], complete: true })
    await until(({ status }) => status === 'live')
    stream.send({ type: 'upsert', seq: 5, rows: [row('a', 1)] })
    stream.send({ type: 'upsert', seq: 6, rows: [row('b')] })
    await until(({ rows }) => rows.length === 2)
    expect(store.get('a')?.size).toBe(2)
  })

  it('keeps the last known rows, marked as stale, while the stream is broken, and recovers', async () => {
    const { engine, store, until } = setUp()
    const stream = await engine.subscription()
    stream.send({ type: 'snapshot', seq: 1, rows: [row('a')], complete: true })
    await until(({ status }) => status === 'live')
    stream.send(new Error('The engine went away.'))
    const broken = await until(({ status }) => status === 'stale')
    expect(broken.rows).toHaveLength(1)
    expect(broken.error?.message).toBe('The engine went away.')
    const next = await engine.subscription()
    next.send({ type: 'snapshot', seq: 1, rows: [], complete: true })
    const recovered = await until(({ status }) => status === 'live')
    expect(recovered).toMatchObject({ rows: [], error: null })
    expect(store.get('a')).toBeUndefined()
  })

  it('shows a row that a call returned at once', async () => {
    const { engine, store, until } = setUp()
    const stream = await engine.subscription()
    stream.send({ type: 'snapshot', seq: 1, rows: [], complete: true })
    await until(({ status }) => status === 'live')
    store.put(row('mine'))
    expect(store.state.getState().rows.map(({ id }) => id)).toEqual(['mine'])
  })

  it('gathers the changes of a long table, and loses none of them', async () => {
    vi.useFakeTimers()
    try {
      const { engine, store } = setUp()
      const stream = await engine.subscription()
      const rows = Array.from({ length: 10_001 }, (_, n) => row(`r${n}`))
      stream.send({ type: 'snapshot', seq: 1, rows, complete: true })
      await vi.advanceTimersByTimeAsync(0)
      let shown = 0
      store.state.subscribe(() => shown++)
      for (let seq = 2; seq <= 9; seq++) stream.send({ type: 'upsert', seq, rows: [row(`r${seq}`, seq)] })
      stream.send({ type: 'remove', seq: 10, ids: ['r0'] })
      await vi.advanceTimersByTimeAsync(0)
      expect(shown).toBe(0)
      expect(store.get('r9')?.size).toBe(9)
      await vi.advanceTimersByTimeAsync(250)
      expect(shown).toBe(1)
      const now = store.state.getState().rows
      expect(now).toHaveLength(10_000)
      expect(now.slice(1, 9).map(({ size }) => size)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows what a long table gathered before it becomes stale', async () => {
    const { engine, until } = setUp()
    const stream = await engine.subscription()
    const rows = Array.from({ length: 10_000 }, (_, n) => row(`r${n}`))
    stream.send({ type: 'snapshot', seq: 1, rows, complete: true })
    await until(({ status }) => status === 'live')
    stream.send({ type: 'upsert', seq: 2, rows: [row('r0', 7)] })
    stream.send(new Error('The engine went away.'))
    const stale = await until(({ status }) => status === 'stale')
    expect(stale.rows[0]?.size).toBe(7)
  })
})
