import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { DagstoreHome, type OpenedDagstore } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

const car = testCar('a')
const { key } = car

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(car)
})
afterEach(() => home.remove())

const historyOf = async ({ dagstore }: OpenedDagstore, of = key) => (await dagstore.detail(of)).attempts
const opsOf = async (opened: OpenedDagstore, of = key) => (await historyOf(opened, of)).map(({ op }) => op)

async function failedOnce(): Promise<OpenedDagstore> {
  const opened = await home.open({ config: { MaxRecoverAttempts: 0 } })
  home.pieces.fail(key, new EngineError('CAR_INVALID', 'Byte 17 makes no sense.'))
  await opened.dagstore.registerPiece(key).catch(() => {})
  home.pieces.mend(key)
  return opened
}

describe('the history of a shard', () => {
  it('is there after a restart, with times, states and causes, and goes on', async () => {
    const first = await failedOnce()
    await first.dagstore.recover(key)
    const before = await historyOf(first)
    expect(before.map(({ op, state, error }) => [op, state, error])).toEqual([
      ['Register', 'New', null],
      ['Initialize', 'Initializing', null],
      ['Fail', 'Errored', 'Byte 17 makes no sense.'],
      ['Recover', 'Recovering', 'Byte 17 makes no sense.'],
      ['MakeAvailable', 'Available', null],
    ])
    await first.close()
    const second = await home.open()
    expect(await historyOf(second)).toEqual(before)
    await second.dagstore.reindex(key)
    expect(await historyOf(second)).toHaveLength(before.length + 2)
    await second.close()
    expect(await opsOf(await home.open())).toEqual([...before.map(({ op }) => op), ...['Reindex', 'MakeAvailable']])
  })

  it('keeps the latest fifty, in four kilobytes, however long errors are', async () => {
    const first = await home.open({ config: { MaxRecoverAttempts: 0 } })
    await first.dagstore.registerPiece(key)
    for (let i = 0; i < 30; i++) await first.dagstore.reindex(key)
    expect(await opsOf(first)).toHaveLength(50)
    home.pieces.fail(key, new EngineError('CAR_INVALID', `It makes no sense: ${'very '.repeat(1000)}`))
    await first.dagstore.reindex(key).catch(() => {})
    for (let i = 0; i < 20; i++) await first.dagstore.recover(key).catch(() => {})
    await first.close()
    const store = await home.openStore()
    const row = await store.get(Buffer.from(`/ph/${key}`))
    expect(row?.length).toBeLessThanOrEqual(4096)
    await store.close()
    expect((await opsOf(await home.open())).at(-1)).toBe('Fail')
  })

  it('goes with the shard, and one that comes back begins anew', async () => {
    const first = await failedOnce()
    await first.dagstore.destroy(key)
    await first.close()
    const store = await home.openStore()
    expect(await store.get(Buffer.from(`/ph/${key}`))).toBeUndefined()
    await store.close()
    const second = await home.open()
    await second.dagstore.registerPiece(key, { lazy: true })
    expect(await opsOf(second)).toEqual(['Register'])
    await second.dagstore.destroy(key)
    await second.dagstore.registerPiece(key, { lazy: true })
    expect(await opsOf(second)).toEqual(['Register'])
  })

  it('does not say who read it: readers come and go too often', async () => {
    const opened = await home.open()
    await opened.dagstore.registerPiece(key)
    for (let i = 0; i < 3; i++) await (await opened.dagstore.acquire(key)).close()
    expect(await opsOf(opened)).toEqual(['Register', 'Initialize', 'MakeAvailable'])
  })

  it('is not worth a failure: a damaged row is as if there were none', async () => {
    const first = await failedOnce()
    await first.close()
    const store = await home.openStore()
    await store.put(Buffer.from(`/ph/${key}`), Buffer.from('[1,[2],["a","b"],null'))
    await store.close()
    const second = await home.open()
    expect(await historyOf(second)).toEqual([])
    await second.dagstore.recover(key)
    expect(await opsOf(second)).toEqual(['Recover', 'MakeAvailable'])
  })

  it('costs no write of its own: those of many shards share one that nobody waits for', async () => {
    const cars = Array.from({ length: 200 }, (_, i) => testCar(`many ${i}`, 1))
    home.pieces.add(...cars)
    const opened = await home.open()
    const writes: Array<{ rows: number; durable: boolean }> = []
    const batch = opened.store.batch.bind(opened.store)
    opened.store.batch = (operations, options) => {
      const rows = operations.filter((each) => Buffer.from(each.key).toString().startsWith('/ph/')).length
      if (rows > 0) writes.push({ rows, durable: options?.durable ?? true })
      return batch(operations, options)
    }
    await Promise.all(cars.map((each) => opened.dagstore.registerPiece(each.key)))
    await opened.close()
    expect(writes.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(2 * cars.length)
    expect(writes.length).toBeLessThan(10)
    expect(writes.every(({ durable }) => !durable)).toBe(true)
    expect(await opsOf(await home.open(), cars[150]?.key)).toEqual(['Register', 'Initialize', 'MakeAvailable'])
  })
})
