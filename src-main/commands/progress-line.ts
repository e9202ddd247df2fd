import type { Progress } from '../../src-shared/contract/index.ts'
import { formatBytes, formatDuration, formatRate } from '../../src-shared/format/index.ts'
import { type Style, styleFor } from './style.ts'

const BAR_WIDTH = 24
/** Off a terminal a line is written this often, so that a log shows that work goes on and does not fill up. */
const LINE_INTERVAL_MS = 5000

/** How far long work is, on stderr: one line that changes on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #stream = process.stderr
  readonly #enabled: boolean
  readonly #style: Style = styleFor(process.stderr)
  #shown = false
  #lastLineAt = Date.now()

  constructor(enabled: boolean) {
    this.#enabled = enabled
  }

  /** `label` says which of several items this is. */
  show(progress: Progress, label = ''): void {
    const inWords = [label, progress.phase, ...amounts(progress)].filter((part) => part !== '').join('  ')
    this.#write(this.#bar(progress, label), inWords)
  }

  /** Progress that is not in bytes, in words. */
  showText(text: string): void {
    this.#write(text, text)
  }

  /** A line that stays, above the bar: a warning, or the end of one of several items. */
  say(line: string): void {
    this.clear()
    this.#stream.write(`${line}\n`)
  }

  /** Takes the bar away before something else is written to the terminal. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
    this.#shown = false
  }

  #write(line: string, inWords: string): void {
    if (!this.#enabled) return
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r${cut(line, this.#stream.columns)}\x1b[K`)
      this.#shown = true
    } else if (Date.now() - this.#lastLineAt >= LINE_INTERVAL_MS) {
      this.#lastLineAt = Date.now()
      this.#stream.write(`${inWords}\n`)
    }
  }

  #bar(progress: Progress, label: string): string {
    const parts = [label, progress.phase]
    if (progress.totalBytes !== null && progress.totalBytes > 0) {
      const filled = Math.round(BAR_WIDTH * Math.min(1, progress.doneBytes / progress.totalBytes))
      parts.push(this.#style.working('━'.repeat(filled)) + this.#style.faint('━'.repeat(BAR_WIDTH - filled)))
    }
    return [...parts, ...amounts(progress)].filter((part) => part !== '').join('  ')
  }
}

function amounts({ doneBytes, totalBytes, rate, etaSeconds }: Progress): string[] {
  const parts: string[] = []
  if (totalBytes !== null && totalBytes > 0) {
    parts.push(`${Math.floor(100 * Math.min(1, doneBytes / totalBytes))} %`.padStart(5))
    parts.push(`${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`)
  } else if (doneBytes > 0) {
    parts.push(formatBytes(doneBytes))
  }
  if (rate > 0) parts.push(formatRate(rate))
  if (etaSeconds !== null && etaSeconds >= 1) parts.push(`${formatDuration(etaSeconds)} left`)
  return parts
}

/** Cuts to the terminal's width, so that the line can be overwritten; colour codes have no width. */
function cut(line: string, width: number): string {
  let visible = 0
  let at = 0
  while (at < line.length && visible < width - 1) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
    const code = /^\x1b\[[\d;]*m/.exec(line.slice(at))
    if (code === null) visible++
    at += code?.[0].length ?? 1
  }
  return at < line.length ? `${line.slice(0, at)}\x1b[0m` : line
}
