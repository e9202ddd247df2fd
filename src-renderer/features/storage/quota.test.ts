import { describe, expect, it } from 'vitest'
import { bytesAtPosition, bytesOf, changesOf, excessBytes, GIB, positionOf, problemOf, type Quota } from './quota.ts'

const quota: Quota = { maxBytes: 100 * GIB, high: 90, low: 70 }

describe('the quota of transients', () => {
  it('reads sizes as config.toml writes them', () => {
    expect(['64GiB', '1.5 TiB', '1024', '0', '512mib'].map(bytesOf)).toEqual([64 * GIB, 1536 * GIB, 1024, 0, GIB / 2])
    expect(bytesOf('much')).toBeNaN()
  })

  it('says what is wrong before anything is written', () => {
    const disk = 500 * GIB
    expect(problemOf(quota, disk)).toBeNull()
    expect(problemOf({ ...quota, maxBytes: 0, low: 95 }, disk)).toBeNull()
    expect(problemOf({ ...quota, low: 88 }, disk)).toContain('at least 5 percent below')
    expect(problemOf({ ...quota, maxBytes: 501 * GIB }, disk)).toContain('does not have so much')
    expect(problemOf({ ...quota, maxBytes: 1000 }, disk)).toContain('at least 0.5 GiB')
    expect(problemOf({ ...quota, maxBytes: Number.NaN }, disk)).toContain('at least 0.5 GiB')
  })

  it('never writes a low mark above the high one on the way', () => {
    const up = changesOf({ ...quota, high: 50, low: 40 }, { ...quota, high: 90, low: 80 })
    expect(up.map(({ key }) => key.replace(/.*Transients/, ''))).toEqual(['HighWatermark', 'LowWatermark'])
    const down = changesOf({ ...quota, high: 90, low: 80 }, { ...quota, high: 50, low: 40 })
    expect(down.map(({ key }) => key.replace(/.*Transients/, ''))).toEqual(['LowWatermark', 'HighWatermark'])
    expect(changesOf(quota, quota)).toEqual([])
  })

  it('knows what the next collection takes', () => {
    expect(excessBytes(quota, 89 * GIB)).toBe(0)
    expect(excessBytes(quota, 95 * GIB)).toBe(25 * GIB)
    expect(excessBytes({ ...quota, maxBytes: 0 }, 95 * GIB)).toBe(0)
  })

  it('moves over the whole disk in round steps', () => {
    const disk = 4000 * GIB
    expect(bytesAtPosition(0, disk)).toBe(GIB / 2)
    expect(bytesAtPosition(1000, disk)).toBe(3968 * GIB)
    for (const bytes of [GIB, 8 * GIB, 64 * GIB, 1024 * GIB])
      expect(Math.abs(bytesAtPosition(positionOf(bytes, disk), disk) / bytes - 1)).toBeLessThan(0.05)
  })
})
