import { join } from 'node:path'
import pino from 'pino'
import { createLogger, type LogFields, type Logger, type LogLevel } from '../engine/index.ts'
import { RotatingFile } from './rotating-file.ts'

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Where the engine's log lines go: as JSON to logs/carport.log, as text to stderr. */
export interface LogOutput {
  readonly logger: Logger
  /** What goes to the file, and to stderr unless that is quieter. */
  setLevel(level: LogLevel): void
  close(): void
}

export interface LogOutputOptions {
  dataDir: string
  level: LogLevel
  /** The least level that is shown on stderr, whatever the level is; null: nothing. */
  stderrLevel: LogLevel | null
}

export function openLogOutput(options: LogOutputOptions): LogOutput {
  const file = new RotatingFile(join(options.dataDir, 'logs', 'carport.log'))
  const lines = pino({ base: null, level: 'debug', timestamp: pino.stdTimeFunctions.isoTime, formatters }, file)
  let level = options.level
  const { stderrLevel } = options
  const write = (at: LogLevel, name: string, message: string, fields: LogFields): void => {
    if (RANK[at] < RANK[level]) return
    lines[at]({ logger: name, ...fields }, message)
    if (stderrLevel !== null && RANK[at] >= RANK[stderrLevel]) process.stderr.write(textLine(at, name, message, fields))
  }
  return {
    logger: createLogger(write),
    setLevel: (next) => {
      level = next
    },
    close: () => file.close(),
  }
}

const formatters = { level: (label: string) => ({ level: label }) }

/** As Lotus prints its log: time, level, logger and message between tabs, fields as JSON. */
function textLine(level: LogLevel, name: string, message: string, fields: LogFields): string {
  const columns = [new Date().toISOString(), level.toUpperCase(), name, message]
  if (Object.keys(fields).length > 0) columns.push(JSON.stringify(fields))
  return `${columns.join('\t')}\n`
}
