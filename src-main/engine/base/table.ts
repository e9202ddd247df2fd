import { LiveRows } from './live-rows.ts'

/** Live rows that are kept here. */
export class Table<Row> extends LiveRows<Row> {
  readonly #idOf: (row: Row) => string
  readonly #rows: Map<string, Row>

  constructor(idOf: (row: Row) => string, intervalMs?: number) {
    const rows = new Map<string, Row>()
    super(rows, intervalMs)
    this.#idOf = idOf
    this.#rows = rows
  }

  set(row: Row): void {
    const id = this.#idOf(row)
    this.#rows.set(id, row)
    this.changed(id)
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.changed(id)
  }
}
