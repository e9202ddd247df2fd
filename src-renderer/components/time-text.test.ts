import { describe, expect, it } from 'vitest'
import { ageText, agoText, etaText } from './time-text.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const before = (ms: number) => NOW - ms

describe('the age of something', () => {
  it('is told in its largest unit', () => {
    expect(ageText(before(20_000), NOW)).toBe('just now')
    expect(ageText(before(5 * 60_000), NOW)).toBe('5 min')
    expect(ageText(before(3 * 3_600_000), NOW)).toBe('3 h')
    expect(ageText(before(9 * 86_400_000), NOW)).toBe('9 d')
    expect(ageText(before(400 * 86_400_000), NOW)).toMatch(/2025/)
  })

  it('does not end on nonsense for what is no time, or lies ahead', () => {
    expect(ageText('never', NOW)).toBe('–')
    expect(ageText(NOW + 5000, NOW)).toBe('just now')
  })

  it('takes "ago" only with a unit', () => {
    expect(agoText(before(5 * 60_000), NOW)).toBe('5 min ago')
    expect(agoText(before(1000), NOW)).toBe('just now')
  })
})

describe('the time left', () => {
  it('moves in steps that suit the distance', () => {
    expect([3, 12, 14, 54, 56, 89, 300, 3599, 7200, 200_000].map(etaText)).toEqual([
      'a few seconds',
      'about 15 s',
      'about 15 s',
      'about 55 s',
      'about 1 min',
      'about 1 min',
      'about 5 min',
      'about 1 h',
      'about 2 h',
      'about 2 d',
    ])
  })

  it('is silent while nothing is known, and bounded when nothing moves', () => {
    expect(etaText(null)).toBeNull()
    expect(etaText(Number.POSITIVE_INFINITY)).toBeNull()
    expect(etaText(1e12)).toBe('more than 99 d')
  })
})
