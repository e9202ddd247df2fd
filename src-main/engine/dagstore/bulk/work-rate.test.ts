import { describe, expect, it } from 'vitest'
import { WorkRate } from './work-rate.ts'

describe('how fast work is done', () => {
  it('is nothing at first, then what was done over the time', () => {
    const rate = new WorkRate(1000)
    expect(rate.perSecond(1000, 0)).toBe(0)
    expect(rate.perSecond(3000, 10)).toBe(5)
  })

  it('forgets what is more than a minute ago, and sinks when work stands still', () => {
    const rate = new WorkRate(0)
    for (let second = 1; second <= 60; second++) rate.record(second * 1000, second * 100)
    for (let second = 61; second <= 180; second++) rate.record(second * 1000, 6000 + (second - 60))
    expect(rate.perSecond(180_000, 6120)).toBeCloseTo(1, 1)
    expect(rate.perSecond(240_000, 6120)).toBeLessThan(0.6)
  })

  it('does not count the time of a pause', () => {
    const rate = new WorkRate(0)
    rate.record(10_000, 10)
    rate.pause(10_000)
    expect(rate.perSecond(500_000, 10)).toBe(1)
    rate.resume(500_000)
    rate.resume(501_000)
    expect(rate.perSecond(510_000, 20)).toBe(1)
  })
})
