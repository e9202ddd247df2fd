/** Times as a person says them. All take and give local time; `now` is `Date.now()`. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `just now`, `4 min`, `3 h`, `2 d`, then the date: for columns, where "ago" is understood. */
export function ageText(at: string | number, now: number): string {
  const ms = now - new Date(at).getTime()
  if (Number.isNaN(ms)) return '–'
  if (ms < MINUTE) return 'just now'
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  if (ms < 60 * DAY) return `${Math.floor(ms / DAY)} d`
  return dateText(at)
}

/** `4 min ago`; a date stays a date. */
export function agoText(at: string | number, now: number): string {
  const age = ageText(at, now)
  return / (min|h|d)$/.test(age) ? `${age} ago` : age
}

/** `22 Nov 2026`. */
export function dateText(at: string | number): string {
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
}

/** `22 Nov 2026, 15:04:05`. */
export function momentText(at: string | number): string {
  return `${dateText(at)}, ${clockText(at)}`
}

/** `15:04:05`. */
export function clockText(at: string | number): string {
  return new Date(at).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  })
}

/** Time left, in steps that grow with the distance so that the text does not flicker: `about 40 s`, `about 3 min`. */
export function etaText(seconds: number | null): string | null {
  if (seconds === null || !Number.isFinite(seconds)) return null
  if (seconds < 5) return 'a few seconds'
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s`
  if (seconds < 55 * 60) return `about ${Math.round(seconds / 60) || 1} min`
  if (seconds < 22 * 3600) return `about ${Math.round(seconds / 3600) || 1} h`
  const days = Math.round(seconds / 86_400) || 1
  return days > 99 ? 'more than 99 d' : `about ${days} d`
}
