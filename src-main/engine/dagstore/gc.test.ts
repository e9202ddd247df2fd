import { readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../base/index.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import type { ShardAccessor } from './dagstore-ports.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const transients = () => readdir(join(home.directory, 'transients'))

describe('garbage collection', () => {
  it('takes the transients of 75 of 100 shards, of which 25 are read, and says what it freed', async () => {
    const cars = Array.from({ length: 100 }, (_, i) => testCar(`car ${String(i).padStart(3, '0')}`))
    home.pieces.add(...cars)
    const { dagstore } = await home.open({ sequential: true })
    await Promise.all(cars.map(({ key }) => dagstore.registerPiece(key)))
    const reading = await Promise.all(cars.slice(0, 25).map(({ key }) => dagstore.acquire(key)))
    const preview = await dagstore.gc({ dryRun: true })
    expect([preview.shards.length, (await transients()).length]).toEqual([75, 100])
    const report = await dagstore.gc()
    expect(report).toEqual(preview)
    expect(report.freedBytes).toBe(cars.slice(25).reduce((sum, { bytes }) => sum + bytes.length, 0))
    expect(report.shards.every(({ error }) => error === null)).toBe(true)
    expect(await transients()).toHaveLength(25)
    expect(await reading[0]?.blockstore.has(cars[0]?.cid(0) ?? testCar('x').cid(0))).toBe(true)
    for (const accessor of reading) await accessor.close()
    expect((await dagstore.gc()).shards).toHaveLength(25)
    expect(dagstore.list().every(({ transientPath, state }) => transientPath === null && state === 'Available')).toBe(
      true,
    )
  })

  it('is made good by the next acquire', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key)
    await dagstore.gc()
    await (await dagstore.acquire(car.key)).close()
    expect([home.pieces.fetched, await transients()]).toEqual([2, [`transient-${car.key}.complete`]])
  })

  it('passes over what is acquired while others are collected, and an Errored shard that is read', async () => {
    const cars = [testCar('a'), testCar('b'), testCar('c')] as const
    const [idle, taken, failed] = cars
    home.pieces.add(...cars)
    const acquired: ShardAccessor[] = []
    const { dagstore } = await home.open({
      sequential: true,
      config: { MaxRecoverAttempts: 0 },
      onStep: async ({ name }) => {
        if (name === 'collect-transient' && acquired.length === 0) acquired.push(await dagstore.acquire(taken.key))
      },
    })
    for (const { key } of cars) await dagstore.registerPiece(key)
    const reader = await dagstore.acquire(failed.key)
    await writeFile(dagstore.info(failed.key).transientPath ?? '', 'this is no CAR'.padEnd(1000))
    await expect(dagstore.reindex(failed.key)).rejects.toMatchObject({ kind: 'corrupt' })
    expect(dagstore.info(failed.key)).toMatchObject({ state: 'Errored', readers: 1 })
    const { shards } = await dagstore.gc()
    expect(shards.map(({ key }) => key)).toEqual([idle.key])
    await reader.close()
    for (const accessor of acquired) await accessor.close()
  })

  it('takes what is there of interrupted copies when somebody asks, and leaves it to be gone on with otherwise', async () => {
    const [failed, whole] = [testCar('failed'), testCar('whole')]
    home.pieces.add(whole)
    const first = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0 } })
    await first.dagstore.registerPiece(failed.key).catch(() => {})
    await first.dagstore.registerPiece(whole.key)
    await first.close()
    const partial = `transient-${failed.key}.partial`
    await writeFile(join(home.directory, 'transients', partial), 'half a piece')
    const clock = new ManualClock(0)
    const { dagstore } = await home.open({ sequential: true, clock, config: { GCInterval: 1000 } })
    clock.moveTo(1000)
    while ((await transients()).length > 1) await new Promise((resolve) => setImmediate(resolve))
    expect(await transients()).toEqual([partial])
    const expected = { shards: [{ key: failed.key, error: null, freedBytes: 12 }], freedBytes: 12 }
    expect(await dagstore.gc({ dryRun: true })).toEqual(expected)
    expect(await dagstore.gc()).toEqual(expected)
    expect(await transients()).toEqual([])
  })

  it('passes over what is being fetched or waited for', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    home.pieces.hold()
    const { dagstore } = await home.open({ sequential: true })
    const registering = dagstore.registerPiece(car.key)
    await home.pieces.held(1)
    expect((await dagstore.gc()).shards).toEqual([])
    home.pieces.release()
    expect((await registering).state).toBe('Available')
  })

  it('within a quota takes those not used for longest, before a download and never more than needed', async () => {
    const cars = ['a', 'b', 'c', 'd'].map((name) => testCar(name))
    const size = cars[0]?.bytes.length ?? 0
    home.pieces.add(...cars)
    let now = 1_700_000_000_000
    const clock: Clock = { now: () => now++, sleep: systemClock.sleep }
    const { dagstore } = await home.open({
      sequential: true,
      clock,
      config: { MaxTransientsSize: 3 * size, MaxIdleOpenShards: 0 },
    })
    const keys = cars.map(({ key }) => key)
    for (const key of keys.slice(0, 3)) {
      await dagstore.registerPiece(key)
      await (await dagstore.acquire(key)).close()
    }
    await (await dagstore.acquire(keys[0] ?? '')).close() // a is used again: b is the oldest
    await dagstore.registerPiece(keys[3] ?? '')
    const has = (key: string | undefined) => dagstore.info(key ?? '').transientPath !== null
    expect(keys.map(has)).toEqual([true, false, true, true])
  })

  it('remembers over a restart which transients were used last, and that fetching one is using it', async () => {
    const cars = ['a', 'b', 'c', 'd'].map((name) => testCar(name))
    const [a, b, c, d] = cars.map(({ key }) => key) as [string, string, string, string]
    home.pieces.add(...cars)
    let now = 1_700_000_000_000
    const setup = {
      sequential: true,
      clock: { now: () => now++, sleep: systemClock.sleep },
      config: { MaxTransientsSize: 3 * (cars[0]?.bytes.length ?? 0) },
    }
    const first = await home.open(setup)
    for (const key of [c, b, a]) await first.dagstore.registerPiece(key)
    await (await first.dagstore.acquire(c)).close() // b is the oldest
    await first.close()
    const { dagstore } = await home.open(setup)
    await dagstore.registerPiece(d)
    expect([a, b, c, d].map((key) => dagstore.info(key).transientPath !== null)).toEqual([true, false, true, true])
  })

  it('knows its transients where the folder was moved behind a link, or is named by another way', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open({ sequential: true })
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const [folder, away] = [join(home.directory, 'transients'), join(home.directory, 'another-disk')]
    await rename(folder, away)
    await symlink(away, folder)
    const store = await home.openStore()
    const row = Buffer.from(`/dagstore/${car.key}`)
    const record = Buffer.from((await store.get(row)) ?? []).toString()
    await store.put(row, Buffer.from(record.replace(folder, away)))
    await store.close()
    const { dagstore } = await home.open({ sequential: true })
    expect((await dagstore.gc()).freedBytes).toBe(car.bytes.length)
    expect(await transients()).toEqual([])
  })

  it('holds up nothing: shards are registered, read, recovered and destroyed while it deletes', async () => {
    const [old, read, fresh, failed, gone] = ['old', 'read', 'fresh', 'failed', 'gone'].map((name) => testCar(name))
    if (!old || !read || !fresh || !failed || !gone) return
    home.pieces.add(old, read, fresh, gone).set(failed.key, Buffer.from('this is no CAR'))
    let deleting = () => {}
    const began = new Promise<void>((resolve) => {
      deleting = resolve
    })
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let isHeld = false
    const { dagstore } = await home.open({
      sequential: true,
      config: { MaxRecoverAttempts: 0 },
      onStep: ({ key, name }) => {
        if (!isHeld || key !== old.key || name !== 'collect-transient') return
        deleting()
        return held
      },
    })
    for (const { key } of [old, read, gone]) await dagstore.registerPiece(key)
    await dagstore.registerPiece(failed.key).catch(() => {})
    const reader = await dagstore.acquire(read.key)
    isHeld = true
    const collecting = dagstore.gc()
    await began
    await dagstore.registerPiece(fresh.key)
    await (await dagstore.acquire(read.key)).close()
    home.pieces.add(failed)
    expect((await dagstore.recover(failed.key)).state).toBe('Available')
    await dagstore.destroy(gone.key)
    const again = dagstore.acquire(old.key) // waits for the deletion of its own copy, and fetches another
    goOn()
    await (await again).close()
    expect((await collecting).shards).toContainEqual({ key: old.key, error: null, freedBytes: old.bytes.length })
    await reader.close()
  })

  it('goes on to be done after a time when the folder could not be listed', async () => {
    const clock = new ManualClock(0)
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({
      sequential: true,
      clock,
      config: { GCInterval: 1000, MaxTransientsSize: car.bytes.length },
    })
    await dagstore.registerPiece(car.key)
    const folder = join(home.directory, 'transients')
    await rename(folder, `${folder}.away`)
    const turn = async (now: number) => {
      clock.moveTo(now)
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    }
    await turn(1000)
    await rename(`${folder}.away`, folder)
    for (let now = 2000; (await transients()).length > 0; now += 1000) await turn(now)
    expect(dagstore.info(car.key).transientPath).toBeNull()
  })

  it('runs by itself as often as the settings say, also when they change', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const sleeps: Array<{ ms: number; wake(): void }> = []
    const clock: Clock = {
      now: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
          sleeps.push({ ms, wake: resolve })
        }),
    }
    const { dagstore } = await home.open({ sequential: true, clock, config: { GCInterval: 1000 } })
    await dagstore.registerPiece(car.key)
    sleeps.find(({ ms }) => ms === 1000)?.wake()
    while ((await transients()).length > 0) await new Promise((resolve) => setImmediate(resolve))
    dagstore.configure({ GCInterval: 0 })
    const neverByItself = () => sleeps.some(({ ms }) => ms > 1e9)
    while (!neverByItself()) await new Promise((resolve) => setImmediate(resolve))
    expect(() => dagstore.configure({ GCInterval: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
  })
})
