import type { Column } from './column.ts'

/**
 * Rows as a file: comma-separated values (RFC 4180) for spreadsheets, or JSON as the engine has them. Made in parts, so
 * that the window stays responsive with 100,000 rows.
 */
export type ExportKind = 'csv' | 'json'

const ROWS_AT_ONCE = 2000

export interface ExportOptions<Row> {
  kind: ExportKind
  columns: readonly Column<Row>[]
  rows: readonly Row[]
}

/** The file in parts of a few thousand rows each. */
export function* exportParts<Row>({ kind, columns, rows }: ExportOptions<Row>): Generator<string, void, void> {
  if (kind === 'csv') yield csvLine(columns.map(({ title, fileTitle }) => fileTitle ?? title))
  for (let from = 0; from < rows.length || from === 0; from += ROWS_AT_ONCE) {
    const part = rows.slice(from, from + ROWS_AT_ONCE)
    if (kind === 'csv') yield part.map((row) => csvLine(columns.map((column) => contentOf(column, row)))).join('')
    else {
      const isLast = from + ROWS_AT_ONCE >= rows.length
      yield (from === 0 ? '[\n' : ',\n') + part.map((row) => JSON.stringify(row)).join(',\n') + (isLast ? '\n]\n' : '')
    }
  }
}

/** The whole file, letting the window breathe between its parts. `onProgress` is told the part of 1 that is done. */
export async function exportFile<Row>(
  options: ExportOptions<Row>,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (fraction: number) => void },
): Promise<Blob> {
  const parts: Blob[] = []
  const { length } = options.rows
  let done = 0
  for (const part of exportParts(options)) {
    signal.throwIfAborted()
    parts.push(new Blob([part]))
    done = Math.min(length, done + ROWS_AT_ONCE)
    onProgress(length === 0 ? 1 : done / length)
    await new Promise((resolve) => setTimeout(resolve))
  }
  return new Blob(parts, { type: options.kind === 'csv' ? 'text/csv' : 'application/json' })
}

type Value = string | number | boolean | null

function contentOf<Row>(column: Column<Row>, row: Row): Value {
  return column.value === undefined ? column.text(row) : column.value(row)
}

function csvLine(values: readonly Value[]): string {
  return `${values.map(csvField).join(',')}\r\n`
}

/**
 * A field that is safe in a spreadsheet: a text that would begin a formula (`=`, `+`, `-`, `@`, tab, line end) gets an
 * apostrophe before it, as OWASP advises for CSV injection. Keys and errors come from others.
 */
function csvField(value: Value): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
