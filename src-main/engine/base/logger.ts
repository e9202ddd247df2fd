/** Values that may appear in a log line. Never put secrets (tokens, URLs with credentials) here. */
export type LogFields = Record<string, string | number | boolean | null | undefined>

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Structured log as the engine sees it; the host decides where lines go (host/log-output). */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger named `<this name>.<name>`. */
  child(name: string): Logger
}

/** Builds a logger on one function that takes every line. */
export function createLogger(
  write: (level: LogLevel, name: string, message: string, fields: LogFields) => void,
  name = 'carport',
): Logger {
  const line =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      write(level, name, message, fields)
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (child) => createLogger(write, name === 'carport' ? child : `${name}.${child}`),
  }
}

export const silentLogger: Logger = createLogger(() => {})
