import type { Column } from './column.ts'

/**
 * A test for the rows that contain every word of `query`, in any column but those of numbers. The searched text of a
 * row is made once and kept as long as the row lives.
 */
export class RowSearch<Row extends object> {
  readonly #columns: readonly Column<Row>[]
  readonly #texts = new WeakMap<Row, string>()

  constructor(columns: readonly Column<Row>[]) {
    this.#columns = columns.filter(({ end = false, unsearched = false }) => !end && !unsearched)
  }

  test(query: string): ((row: Row) => boolean) | null {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.length === 0) return null
    return (row) => {
      const text = this.#textOf(row)
      return words.every((word) => text.includes(word))
    }
  }

  #textOf(row: Row): string {
    let text = this.#texts.get(row)
    if (text === undefined) {
      text = this.#columns
        .map((column) => column.text(row))
        .join('\n')
        .toLowerCase()
      this.#texts.set(row, text)
    }
    return text
  }
}
