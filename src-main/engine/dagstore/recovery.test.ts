import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const JUNK = Buffer.from('this is no CAR at all')
const cars = Array.from({ length: 16 }, (_, i) => testCar(`car ${i}`))
const count = (ops: string[]) => {
  const counts: Record<string, number> = {}
  for (const op of ops) counts[op] = (counts[op] ?? 0) + 1
  return counts
}

describe('recovering', () => {
  it('gives up after the attempts allowed, and tells of every failure', async () => {
    for (const { key } of cars) home.pieces.set(key, JUNK)
    const { dagstore, traces } = await home.open({ config: { MaxRecoverAttempts: 10 } })
    let failures = 0
    dagstore.failures.listen(() => failures++)
    await Promise.allSettled(cars.map(({ key }) => dagstore.registerPiece(key)))
    await dagstore.settled()
    expect(count(traces.map(({ op }) => op))).toEqual({ Register: 16, Initialize: 16, Fail: 176, Recover: 160 })
    expect(failures).toBe(176)
    expect(dagstore.list({ failed: true })).toHaveLength(16)
  })

  it('fails again while the cause lasts, and succeeds when it is mended', async () => {
    for (const { key } of cars) home.pieces.set(key, JUNK)
    const { dagstore, traces } = await home.open({ config: { MaxRecoverAttempts: 0 } })
    await Promise.allSettled(cars.map(({ key }) => dagstore.registerPiece(key)))
    expect(count(traces.map(({ op }) => op))).toEqual({ Register: 16, Initialize: 16, Fail: 16 })
    for (const { key } of cars) await expect(dagstore.recover(key)).rejects.toMatchObject({ kind: 'corrupt' })
    home.pieces.add(...cars)
    for (const { key } of cars) expect(await dagstore.recover(key)).toMatchObject({ state: 'Available', error: null })
    for (const { key } of cars) await (await dagstore.acquire(key)).close()
  })

  it('is refused in any state but Errored', async () => {
    const [car] = cars as [(typeof cars)[0]]
    home.pieces.add(car)
    const { dagstore } = await home.open()
    await dagstore.registerPiece(car.key, { lazy: true })
    await expect(dagstore.recover(car.key)).rejects.toMatchObject({ code: 'SHARD_STATE' })
    await dagstore.initialize(car.key)
    await expect(dagstore.recover(car.key)).rejects.toMatchObject({ code: 'SHARD_STATE' })
    await expect(dagstore.initialize(car.key)).rejects.toMatchObject({ code: 'SHARD_STATE' })
  })

  it('makes an index anew while readers go on, of the copy that is there', async () => {
    const [car] = cars as [(typeof cars)[0]]
    home.pieces.add(car)
    const { dagstore, traces } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key, { lazy: true })
    await expect(dagstore.reindex(car.key)).rejects.toMatchObject({ code: 'SHARD_STATE' })
    await dagstore.initialize(car.key)
    const { fetched } = home.pieces
    const index = join(home.directory, 'index', `${car.key}.full.idx`)
    const good = await readFile(index)
    const reader = await dagstore.acquire(car.key)
    await writeFile(index, 'junk')
    expect(await dagstore.reindex(car.key)).toMatchObject({ state: 'Serving', error: null, readers: 1 })
    expect(await readFile(index)).toEqual(good)
    expect(Buffer.from(await reader.blockstore.get(car.cid(0)))).toEqual(car.blocks[0]?.bytes)
    await reader.close()
    expect(home.pieces.fetched).toBe(fetched)
    expect(traces.map(({ op }) => op)).toContain('Reindex')
  })

  it('fetches a transient anew, which may be what is broken', async () => {
    const [car] = cars as [(typeof cars)[0]]
    home.pieces.set(car.key, JUNK)
    const { dagstore } = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0 } })
    await dagstore.registerPiece(car.key).catch(() => {})
    home.pieces.add(car)
    await dagstore.recover(car.key)
    expect(home.pieces.fetched).toBe(2)
  })

  it('mistrusts a transient that the user gave, but falls back on it, and never deletes it', async () => {
    const [car] = cars as [(typeof cars)[0]]
    const path = join(home.directory, 'given.car')
    await writeFile(path, JUNK)
    const { dagstore } = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0 } })
    await dagstore.registerPiece(car.key, { existingTransient: path }).catch(() => {})
    expect(dagstore.info(car.key).state).toBe('Errored')
    await writeFile(path, car.bytes) // mended by hand; the source still has nothing
    expect(await dagstore.recover(car.key)).toMatchObject({ state: 'Available', transientPath: path })
  })
})

describe('what a start does with failed shards', () => {
  beforeEach(async () => {
    for (const { key } of cars) home.pieces.set(key, JUNK)
    const first = await home.open({ config: { MaxRecoverAttempts: 0 } })
    await Promise.allSettled(cars.map(({ key }) => first.dagstore.registerPiece(key)))
    await first.close()
  })

  it('DoNotRecover: nothing', async () => {
    const { dagstore, traces } = await home.open({
      config: { RecoverOnStart: 'DoNotRecover', MaxRecoverAttempts: 0 },
    })
    await dagstore.settled()
    expect(traces).toEqual([])
    for (const { key } of cars) await expect(dagstore.acquire(key)).rejects.toMatchObject({ code: 'SHARD_ERRORED' })
  })

  it('RecoverNow: one recovery each', async () => {
    const { dagstore, traces } = await home.open({ config: { RecoverOnStart: 'RecoverNow', MaxRecoverAttempts: 0 } })
    await dagstore.settled()
    expect(count(traces.map(({ op }) => op))).toEqual({ Recover: 16, Fail: 16 })
  })

  it('RecoverOnAcquire: the first acquire recovers, the second fails at once', async () => {
    const { dagstore, traces } = await home.open({
      config: { RecoverOnStart: 'RecoverOnAcquire', MaxRecoverAttempts: 0 },
    })
    await dagstore.settled()
    expect(traces).toEqual([])
    for (const { key } of cars) await expect(dagstore.acquire(key)).rejects.toMatchObject({ kind: 'corrupt' })
    expect(count(traces.map(({ op }) => op))).toEqual({ Acquire: 16, Recover: 16, Fail: 16 })
    for (const { key } of cars) await expect(dagstore.acquire(key)).rejects.toMatchObject({ code: 'SHARD_ERRORED' })
    expect(traces).toHaveLength(48)
  })

  it('RecoverOnAcquire: who acquires is served when the cause is gone', async () => {
    home.pieces.add(...cars)
    const { dagstore } = await home.open()
    for (const car of cars) {
      const accessor = await dagstore.acquire(car.key)
      expect(await accessor.blockstore.has(car.cid(0))).toBe(true)
      await accessor.close()
    }
  })
})

describe('an Errored shard', () => {
  it('stays Errored when its last reader leaves, and cannot be destroyed before', async () => {
    const path = join(home.directory, 'a.car')
    const [before, after] = [testCar('a'), testCar('b')]
    await writeFile(path, before.bytes)
    const { dagstore } = await home.open({ config: { RecoverOnStart: 'DoNotRecover', MaxRecoverAttempts: 0 } })
    await dagstore.register('a', pathToFileURL(path).href)
    const reader = await dagstore.acquire('a')
    await writeFile(path, after.bytes) // under the reader's hands
    await expect(reader.blockstore.get(before.cid(0))).rejects.toMatchObject({ code: 'INDEX_INVALID' })
    expect(dagstore.info('a')).toMatchObject({ state: 'Errored', readers: 1 })
    await expect(dagstore.destroy('a')).rejects.toMatchObject({ code: 'SHARD_IN_USE' })
    await reader.close()
    expect(dagstore.info('a')).toMatchObject({ state: 'Errored', readers: 0 })
    await dagstore.destroy('a')
    expect(dagstore.has('a')).toBe(false)
  })
})
