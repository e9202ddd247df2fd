import type { LogLine } from '../../../src-shared/contract/index.ts'
import { type Clock, createLogger, EventStream, type LogFields, type Logger, timestamp } from '../base/index.ts'

const KEPT_LINES = 5000

/** The last log lines, for the Activity screen, beside wherever the host writes them. */
export class ActivityLog {
  /** Give this one to the engine's modules. */
  readonly logger: Logger
  readonly added = new EventStream<LogLine>()
  readonly #lines: LogLine[] = []
  #seq = 0

  constructor(host: Logger, clock: Clock) {
    const outlets = new Map<string, Logger>()
    this.logger = createLogger((level, name, message, fields) => {
      const outlet = outlets.get(name) ?? host.child(name)
      outlets.set(name, outlet)
      outlet[level](message, fields)
      if (level === 'debug') return
      const line: LogLine = {
        seq: ++this.#seq,
        at: timestamp(clock),
        level,
        logger: name,
        message,
        fields: withoutUndefined(fields),
      }
      this.#lines.push(line)
      if (this.#lines.length > KEPT_LINES) this.#lines.splice(0, KEPT_LINES / 10)
      this.added.publish(line)
    })
  }

  lines(): LogLine[] {
    return [...this.#lines]
  }
}

function withoutUndefined(fields: LogFields): LogLine['fields'] {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? null]))
}
