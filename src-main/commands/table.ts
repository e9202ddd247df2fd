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
  /** Left out where a terminal is too narrow; the last one first. */
  optional?: boolean
  /** Sentences: where a terminal is too narrow they stand whole, on lines of their own below their row. */
  below?: boolean
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
  const { beside, below } = fitColumns(rows, columns, width)
  const cells = rows.map((row) => beside.map((column) => column.text(row)))
  const widths = widthsOf(beside, cells)
  if (width !== null) shrink(beside, widths, width)
  const format = (line: string[]) =>
    line
      .map((cell, at) => pad(cutMiddle(cell, widths[at] ?? 0), widths[at] ?? 0, beside[at]?.align))
      .join(GAP)
      .trimEnd()
  const notes = (row: Row) => below.flatMap((column) => wrap(column.text(row), width ?? Number.POSITIVE_INFINITY))
  return [
    style.heading(format(beside.map(({ title }) => title))),
    ...rows.flatMap((row, at) => [format(cells[at] ?? []), ...notes(row)]),
  ]
}

/** Which columns stand beside each other, and which below. */
function fitColumns<Row>(
  rows: Row[],
  columns: Array<Column<Row>>,
  width: number | null,
): { beside: Array<Column<Row>>; below: Array<Column<Row>> } {
  if (width === null) return { beside: columns, below: [] }
  const cells = rows.map((row) => columns.map((column) => column.text(row)))
  const widths = new Map(widthsOf(columns, cells).map((each, at) => [columns[at], each]))
  const widthOf = (some: Array<Column<Row>>) =>
    some.reduce((sum, column) => sum + leastWidth(column, widths.get(column) ?? 0) + GAP.length, -GAP.length)
  if (widthOf(columns) <= width) return { beside: columns, below: [] }
  let beside = columns.filter((column) => column.below !== true)
  for (let out: Column<Row> | undefined; widthOf(beside) > width; beside = beside.filter((each) => each !== out)) {
    out = beside.findLast((column) => column.optional === true)
    if (out === undefined) break
  }
  return { beside, below: columns.filter((column) => column.below === true) }
}

function leastWidth<Row>({ shrinks }: Column<Row>, width: number): number {
  return shrinks === true ? Math.min(width, LEAST_SHRUNK_WIDTH) : width
}

function widthsOf<Row>(columns: Array<Column<Row>>, cells: string[][]): number[] {
  return columns.map(({ title }, at) =>
    cells.reduce((widest, line) => Math.max(widest, visibleWidth(line[at])), title.length),
  )
}

/** Words in indented lines no wider than `width`; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`${GAP}${word}`)
  }
  return lines
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
