import { once } from 'node:events'
import { type Style, styleFor } from './style.ts'
import { type Column, formatTable } from './table.ts'

export type JsonMode = 'off' | 'value' | 'lines'

export interface OutputMode {
  json: JsonMode
  quiet: boolean
}

/** stdout: results and nothing else. In JSON mode exactly one value, or one object a line. */
export class Output {
  readonly json: JsonMode
  readonly quiet: boolean
  readonly style: Style = styleFor(process.stdout)

  constructor({ json, quiet }: OutputMode) {
    this.json = json
    this.quiet = quiet
  }

  /** A result: `value` as JSON, or lines for a person; with --quiet the line of `brief`, where it is given. */
  async result(value: unknown, text: () => string | string[], brief?: () => string | string[]): Promise<void> {
    if (this.json !== 'off') await this.write(`${JSON.stringify(value)}\n`)
    else await this.lines(this.quiet && brief !== undefined ? brief() : text())
  }

  /** A list: a JSON array, an object a line, or a table; `empty` says for a person that there is nothing. */
  async rows<Row>(
    rows: Row[],
    columns: Array<Column<Row>>,
    options: { empty: string; brief(row: Row): string },
  ): Promise<void> {
    if (this.json === 'value') await this.write(`${JSON.stringify(rows)}\n`)
    else if (this.json === 'lines') for (const row of rows) await this.write(`${JSON.stringify(row)}\n`)
    else if (this.quiet) await this.lines(rows.map(options.brief))
    else if (rows.length === 0) process.stderr.write(`${options.empty}\n`)
    else await this.lines(formatTable(rows, columns, this.style, process.stdout.isTTY ? process.stdout.columns : null))
  }

  /** A list that may be too long to hold: rows are written as they come. */
  async stream<Row>(rows: AsyncIterable<Row>, text: (row: Row) => string): Promise<void> {
    if (this.json !== 'value') {
      for await (const row of rows) await this.write(`${this.json === 'lines' ? JSON.stringify(row) : text(row)}\n`)
      return
    }
    let separator = '['
    for await (const row of rows) {
      await this.write(separator + JSON.stringify(row))
      separator = ','
    }
    await this.write(separator === '[' ? '[]\n' : ']\n')
  }

  async lines(lines: string | string[]): Promise<void> {
    const text = typeof lines === 'string' ? lines : lines.join('\n')
    if (text !== '') await this.write(`${text}\n`)
  }

  /** Waits while the reader of a pipe is slower than we are. */
  async write(data: string | Uint8Array): Promise<void> {
    if (!process.stdout.write(data)) await once(process.stdout, 'drain')
  }
}
