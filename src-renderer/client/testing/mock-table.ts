import type { TableEvent } from '../../../src-shared/contract/index.ts'

/** A table as the engine has it, for windows without an engine. */
export class MockTable<Row> {
  readonly #idOf: (row: Row) => string
  readonly #rows: Map<string, Row>
  readonly #listeners = new Set<(event: TableEvent<Row>) => void>()
  #seq = 0

  constructor(idOf: (row: Row) => string, rows: readonly Row[]) {
    this.#idOf = idOf
    this.#rows = new Map(rows.map((row) => [idOf(row), row]))
  }

  rows(): Row[] {
    return [...this.#rows.values()]
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  set(row: Row): Row {
    this.#rows.set(this.#idOf(row), row)
    this.#publish({ type: 'upsert', seq: ++this.#seq, rows: [row] })
    return row
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#publish({ type: 'remove', seq: ++this.#seq, ids: [id] })
  }

  async *watch(signal: AbortSignal | undefined): AsyncGenerator<TableEvent<Row>, void, void> {
    const waiting: TableEvent<Row>[] = [{ type: 'snapshot', seq: this.#seq, rows: this.rows(), complete: true }]
    let wake: () => void = () => undefined
    const listener = (event: TableEvent<Row>) => {
      waiting.push(event)
      wake()
    }
    const onAbort = () => wake()
    this.#listeners.add(listener)
    signal?.addEventListener('abort', onAbort)
    try {
      while (signal?.aborted !== true) {
        const event = waiting.shift()
        if (event !== undefined) yield event
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #publish(event: TableEvent<Row>): void {
    for (const listener of this.#listeners) listener(event)
  }
}
