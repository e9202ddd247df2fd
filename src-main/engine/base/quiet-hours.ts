import { EngineError } from './engine-error.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
/** A quiet time that has not ended by then is one without end: it is looked at again. */
const LONGEST_MINUTES = DAY_MINUTES + 60

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

  /**
   * When the quiet time that `nowMs` lies in ends; null outside of one. Spans that touch are one. Found by looking at the
   * wall clock minute by minute, since an hour may come twice, or not at all, when clocks are changed.
   */
  endsAt(nowMs: number): number | null {
    if (!this.#holdsAt(nowMs)) return null
    let end = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS
    const latest = end + LONGEST_MINUTES * MINUTE_MS
    while (end < latest && this.#holdsAt(end)) end += MINUTE_MS
    return end
  }

  #holdsAt(timeMs: number): boolean {
    return this.#spans.length > 0 && this.#spans.some((span) => holds(span, minuteOfDay(timeMs)))
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
