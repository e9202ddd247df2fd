import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

describe('a dagstore that runs for long', () => {
  it.skipIf(!existsSync('/proc/self/fd'))(
    'holds no file open that nobody needs, whatever happens to shards',
    async () => {
      const openFiles = async () => {
        await new Promise((resolve) => setImmediate(resolve)) // closing takes a moment
        return readdirSync('/proc/self/fd').filter((fd) => {
          try {
            const path = readlinkSync(`/proc/self/fd/${fd}`)
            return path.startsWith(home.directory) && !path.includes('datastore')
          } catch {
            return false
          }
        }).length
      }
      const cars = Array.from({ length: 20 }, (_, i) => testCar(`car ${i}`))
      home.pieces.add(...cars)
      const { dagstore, close } = await home.open({
        sequential: true,
        config: { MaxIdleOpenShards: 3, MaxRecoverAttempts: 0 },
      })
      for (let round = 0; round < 3; round++) {
        for (const { key } of cars) await dagstore.registerPiece(key)
        const accessors = await Promise.all(cars.flatMap(({ key }) => [dagstore.acquire(key), dagstore.acquire(key)]))
        expect(await openFiles()).toBe(2 * cars.length) // each its copy and its index, once
        for (const accessor of accessors) await accessor.close()
        expect(await openFiles()).toBe(2 * 3)
        const given = cars.map(({ key }) => dagstore.acquire(key, { signal: AbortSignal.timeout(0) }))
        for (const result of await Promise.allSettled(given))
          if (result.status === 'fulfilled') await result.value.close()
        await dagstore.gc()
        expect(await openFiles()).toBe(0)
        for (const { key } of cars.slice(0, 10)) await dagstore.destroy(key)
      }
      await close()
      expect(await openFiles()).toBe(0)
    },
  )

  it('is not held up by traces that nobody reads', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    const unread = dagstore.traces.subscribe()
    const first = unread.next()
    await dagstore.registerPiece(car.key)
    for (let i = 0; i < 3000; i++) await (await dagstore.acquire(car.key)).close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
    expect((await first).value).toMatchObject({ key: car.key, op: 'Register' })
    await unread.return()
  })

  it('follows the setting of how many pieces are fetched at once, while they are fetched', async () => {
    const cars = Array.from({ length: 16 }, (_, i) => testCar(`car ${i}`))
    home.pieces.add(...cars)
    const config = { MaxConcurrentReadyFetches: 5, MaxConcurrentIndex: 0 }
    const { dagstore } = await home.open({ sequential: true, config })
    home.pieces.hold()
    const registering = cars.map(({ key }) => dagstore.registerPiece(key))
    await home.pieces.held(5)
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(home.pieces.waiting).toBe(5)
    dagstore.configure({ MaxConcurrentReadyFetches: 9 })
    await home.pieces.held(9)
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(home.pieces.waiting).toBe(9)
    dagstore.configure({ MaxConcurrentReadyFetches: 0 })
    await home.pieces.held(16)
    home.pieces.release()
    await Promise.all(registering)
  })
})
