import { describe, expect, it } from 'vitest'
import type { MountStat } from '../mount/mount.ts'
import { testCar } from '../test-kit/test-cars.ts'
import { countWords, makePlan } from './bulk-plan.ts'

const pieceCids = Array.from({ length: 1000 }, (_, at) => testCar(`piece ${at}`, 1).key)

describe('looking at many shards', () => {
  it('asks few sources at a time, and lets others have their turn', async () => {
    let asking = 0
    let most = 0
    const statSource = async (): Promise<MountStat> => {
      most = Math.max(most, ++asking)
      await Promise.resolve()
      asking--
      return { exists: true, ready: true, sizeBytes: 1, path: null }
    }
    let turns = 0
    const turn = setInterval(() => turns++, 0)
    const keys = Array.from({ length: 20_000 }, (_, at) => `not a piece ${at}`)
    const ports = { find: () => undefined, isDamaged: () => false, statSource }
    const plan = await makePlan(ports, [...pieceCids, ...keys], { verb: 'register' })
    clearInterval(turn)
    expect(plan.skipped.length + plan.keys.length).toBe(new Set([...pieceCids, ...keys]).size)
    expect(plan.keys).toEqual(pieceCids)
    expect(most).toBe(16)
    expect(turns).toBeGreaterThan(0)
  })

  it('can be given up', async () => {
    const stop = new AbortController()
    const ports = {
      find: () => undefined,
      isDamaged: () => false,
      statSource: () => Promise.reject(new Error('not asked')),
    }
    const made = makePlan(ports, ['a', 'b'], {
      verb: 'initialize',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(made).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('counts of reasons', () => {
  it('come with the largest first, equal ones by their words', () => {
    expect(countWords(['b', 'c', 'a', 'c'])).toEqual([
      { reason: 'c', count: 2 },
      { reason: 'a', count: 1 },
      { reason: 'b', count: 1 },
    ])
  })
})
