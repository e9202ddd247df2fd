import type { LogLine } from '../../../src-shared/contract/index.ts'
import type { Tone } from '../../components/index.ts'

export const LEVELS: Record<LogLine['level'], { tone: Tone; label: string; rank: number }> = {
  error: { tone: 'failed', label: 'Error', rank: 0 },
  warn: { tone: 'attention', label: 'Warning', rank: 1 },
  info: { tone: 'idle', label: 'Info', rank: 2 },
  debug: { tone: 'idle', label: 'Debug', rank: 3 },
}

/** `key=bafy… error="no such file"`: the fields in one line. */
export function fieldsText({ fields }: LogLine): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' && /\s/.test(value) ? JSON.stringify(value) : value}`)
    .join(' ')
}

/** A line as the log file has it, for copying. */
export function lineText(line: LogLine): string {
  return `${line.at} ${line.level.toUpperCase().padEnd(5)} ${line.logger} ${line.message} ${fieldsText(line)}`.trimEnd()
}
