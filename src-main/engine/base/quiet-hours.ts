import { EngineError } from './engine-error.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60

/** Minutes since midnight, local time. A span that ends before it begins goes over midnight. */
interface Span {
  from: number
  to: number
}

/** Times of day during which work over many shards waits, such as `08:00-18:00` or `22:30-06:00`; local time. */
export class QuietHours {
  readonly #spans: readonly Span[]

  private constructor(spans: readonly Span[]) {
    this.#spans = spans
  }

  /** INVALID_CONFIG says which text is no span of time. */
  static parse(texts: readonly string[]): QuietHours {
    return new QuietHours(texts.map(parseSpan))
  }

  /** When the quiet time that `nowMs` lies in ends; null outside of one. Spans that touch are one. */
  endsAt(nowMs: number): number | null {
    let end: number | null = null
    // Each round goes to the end of another span; more rounds than spans mean that it is always quiet.
    for (let round = 0; round <= this.#spans.length; round++) {
      const at: number = end ?? nowMs
      const span = this.#spans.find((each) => holds(each, minuteOfDay(at)))
      if (span === undefined) return end
      end = nextTimeAt(span.to, at)
    }
    return end
  }
}

function parseSpan(text: string): Span {
  const [, fromHour, fromMinute, toHour, toMinute] = /^(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/.exec(text.trim()) ?? []
  const from = Number(fromHour) * 60 + Number(fromMinute)
  const to = Number(toHour) * 60 + Number(toMinute)
  const inDay = Number(fromMinute) < 60 && Number(toMinute) < 60 && from < DAY_MINUTES && to <= DAY_MINUTES
  if (inDay && from !== to) return { from, to }
  throw new EngineError('INVALID_CONFIG', `must be times of day such as 08:00-18:00 or 22:30-06:00, not "${text}"`)
}

function holds({ from, to }: Span, minute: number): boolean {
  return from < to ? from <= minute && minute < to : minute >= from || minute < to
}

function minuteOfDay(timeMs: number): number {
  const time = new Date(timeMs)
  return time.getHours() * 60 + time.getMinutes()
}

/** The next time the clock on the wall shows this minute; at least a minute on, also where clocks are set back. */
function nextTimeAt(minute: number, afterMs: number): number {
  const time = new Date(afterMs)
  time.setHours(0, minute, 0, 0)
  if (time.getTime() <= afterMs) time.setDate(time.getDate() + 1)
  return Math.max(time.getTime(), afterMs + MINUTE_MS)
}
