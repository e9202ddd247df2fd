import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

  describe('where clocks are changed', () => {
    const { TZ } = process.env
    beforeEach(() => {
      process.env.TZ = 'Europe/Berlin'
    })
    afterEach(() => {
      if (TZ === undefined) delete process.env.TZ
      else process.env.TZ = TZ
    })

    it.each([
      ['on the night before', '2026-10-24T21:00:00Z', '2026-10-25T00:30:00Z'],
      ['in the hour that comes twice, the second time', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00Z'],
      ['before an hour that does not come', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z'],
    ])('end when the wall clock says so: %s', (_, now, end) => {
      const quietUntil = QuietHours.parse(['22:30-02:30']).endsAt(Date.parse(now))
      expect(new Date(quietUntil ?? 0)).toEqual(new Date(end))
    })
  })

  it('may be all day, every day', () => {
    expect(QuietHours.parse(['00:00-24:00']).endsAt(at(3, 12))).toBeGreaterThan(at(3, 12))
    expect(QuietHours.parse(['00:00-12:00', '12:00-24:00']).endsAt(at(3, 12))).toBeGreaterThan(at(3, 12))
  })

  it.each(['', 'night', '08:00', '25:00-26:00', '08:60-09:00', '08:00-08:00', '8-18'])('refuses %j', (text) => {
    expect(() => QuietHours.parse([text])).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
  })
})
