import { describe, expect, it } from 'vitest'
import { QuietHours } from './quiet-hours.ts'

/** A time of day in November 2026, local time. */
const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime()

describe('quiet hours', () => {
  it.each([
    [['08:00-18:00'], at(3, 7, 59), null],
    [['08:00-18:00'], at(3, 8), at(3, 18)],
    [['08:00-18:00'], at(3, 17, 59), at(3, 18)],
    [['08:00-18:00'], at(3, 18), null],
    [['22:30-06:00'], at(3, 23), at(4, 6)],
    [['22:30-06:00'], at(3, 5, 59), at(3, 6)],
    [['22:30-06:00'], at(3, 12), null],
    [['8:00 - 12:00', '13:00-18:00'], at(3, 12, 30), null],
    [['8:00 - 12:00', '13:00-18:00'], at(3, 13), at(3, 18)],
    [['22:00-24:00', '00:00-06:00'], at(3, 22), at(4, 6)], // spans that touch are one
    [['20:00-02:00', '01:00-06:00'], at(3, 20), at(4, 6)],
    [[], at(3, 8), null],
  ])('%j', (spans, now, end) => {
    expect(QuietHours.parse(spans).endsAt(now)).toBe(end)
  })

  it('may be all day, every day', () => {
    expect(QuietHours.parse(['00:00-24:00']).endsAt(at(3, 12))).toBeGreaterThan(at(3, 12))
    expect(QuietHours.parse(['00:00-12:00', '12:00-24:00']).endsAt(at(3, 12))).toBeGreaterThan(at(3, 12))
  })

  it.each(['', 'night', '08:00', '25:00-26:00', '08:60-09:00', '08:00-08:00', '8-18'])('refuses %j', (text) => {
    expect(() => QuietHours.parse([text])).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
  })
})
