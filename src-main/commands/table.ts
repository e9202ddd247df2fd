import { stripVTControlCharacters } from 'node:util'
import type { Style } from './style.ts'

/** One column of a table for people. */
export interface Column<Row> {
  title: string
  text(row: Row): string
  /** Numbers stand right. */
  align?: 'left' | 'right'
  /** May be cut in the middle where a terminal is too narrow. The widest such column is cut first. */
  shrinks?: boolean
}

const GAP = '  '
const LEAST_SHRUNK_WIDTH = 12

/** The lines of a table with aligned columns. `width`: of the terminal, or null where lines may be of any length. */
export function formatTable<Row>(
  rows: Row[],
  columns: Array<Column<Row>>,
  style: Style,
  width: number | null,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)))
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map((line) => visibleWidth(line[at]))))
  if (width !== null) shrink(columns, widths, width)
  const format = (line: string[]) =>
    line
      .map((cell, at) => pad(cutMiddle(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align))
      .join(GAP)
      .trimEnd()
  return [style.heading(format(columns.map(({ title }) => title))), ...cells.map(format)]
}

/** Lines of `name  value` with the values aligned; entries without a value are left out. */
export function formatFields(fields: Array<[name: string, value: string | null]>, style: Style): string[] {
  const shown = fields.filter((field): field is [string, string] => field[1] !== null)
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${style.faint(name.padEnd(width))}${GAP}${value}`)
}

function shrink(columns: Array<{ shrinks?: boolean }>, widths: number[], width: number): void {
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1)
  while (total() > width) {
    const shrinkable = widths.map((each, at) => (columns[at]?.shrinks === true ? each : 0))
    const widest = Math.max(...shrinkable)
    if (widest <= LEAST_SHRUNK_WIDTH) return
    const at = shrinkable.indexOf(widest)
    const next = Math.max(LEAST_SHRUNK_WIDTH, ...shrinkable.filter((each) => each < widest))
    widths[at] = Math.max(next, widest - (total() - width))
    if (widths[at] === widest) widths[at] = widest - 1
  }
}

function cutMiddle(cell: string, width: number): string {
  if (visibleWidth(cell) <= width) return cell
  const plain = stripVTControlCharacters(cell)
  const tail = Math.floor((width - 1) / 2)
  return `${plain.slice(0, width - 1 - tail)}…${plain.slice(plain.length - tail)}`
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - visibleWidth(cell)))
  return align === 'right' ? space + cell : cell + space
}

function visibleWidth(cell: string | undefined): number {
  return cell === undefined ? 0 : stripVTControlCharacters(cell).length
}
