import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** Settings that are changed while it runs, seen by what it does with them. */

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(...cars)
})
afterEach(() => home.remove())

const cars = ['a', 'b', 'c'].map((name) => testCar(name))
const [first, second, third] = cars.map(({ key }) => key) as [string, string, string]
const SIZE = cars[0]?.bytes.length ?? 0

const transients = async () => (await readdir(join(home.directory, 'transients'))).length
/** The time comes for what is done again and again. */
async function due(clock: ManualClock): Promise<void> {
  await turns()
  clock.moveTo(clock.now() + 1000)
  await turns()
}
const turns = async (count = 50) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('a quota that is set holds for the next copy, and one that is raised, too', async () => {
  const { dagstore } = await home.open({ sequential: true, config: { MaxIdleOpenShards: 0 } })
  for (const key of [first, second]) await dagstore.registerPiece(key)
  const reading = [await dagstore.acquire(first), await dagstore.acquire(second)]
  dagstore.configure({ MaxTransientsSize: SIZE - 1 }) // a copy is larger than that: waiting would be of no use
  await expect(dagstore.registerPiece(third)).rejects.toMatchObject({ code: 'NO_SPACE' })
  dagstore.configure({ MaxTransientsSize: 3 * SIZE })
  expect(await dagstore.recover(third)).toMatchObject({ state: 'Available' })
  expect(await transients()).toBe(3)
  for (const accessor of reading) await accessor.close()
})

it('a quota keeps copies until its high watermark, then down to the low one, whichever way round they are given', async () => {
  const clock = new ManualClock(0)
  const { dagstore } = await home.open({ sequential: true, clock, config: { GCInterval: 1000 } })
  for (const key of [first, second, third]) await dagstore.registerPiece(key)
  dagstore.configure({ MaxTransientsSize: 4 * SIZE, TransientsHighWatermark: 80, TransientsLowWatermark: 30 })
  await due(clock)
  expect(await transients()).toBe(3) // three quarters: below the high watermark
  dagstore.configure({ TransientsHighWatermark: 70, TransientsLowWatermark: 50 })
  await expect.poll(() => due(clock).then(transients), { timeout: 20_000 }).toBe(2)
  dagstore.configure({ TransientsHighWatermark: 30, TransientsLowWatermark: 90 })
  await expect.poll(() => due(clock).then(transients), { timeout: 20_000 }).toBe(1)
})

it('garbage is not collected by itself while bulk work is paused, and is afterwards', async () => {
  const clock = new ManualClock(0)
  const { dagstore } = await home.open({ sequential: true, clock, config: { GCInterval: 1000 } })
  await dagstore.registerPiece(first)
  await dagstore.pause()
  await due(clock)
  expect(await transients()).toBe(1)
  await dagstore.resume()
  await expect.poll(() => due(clock).then(transients), { timeout: 20_000 }).toBe(0)
})

it('a shard recovers by itself as often as the settings say now, and anew after each success', async () => {
  const { dagstore, traces } = await home.open({ config: { MaxRecoverAttempts: 0 } })
  const recoveries = () => traces.filter(({ op }) => op === 'Recover').length
  const fail = async () => {
    home.pieces.fail(first, new EngineError('CAR_INVALID', 'It makes no sense.'))
    await expect(dagstore.reindex(first)).rejects.toMatchObject({ code: 'CAR_INVALID' })
    await dagstore.settled()
  }
  await dagstore.registerPiece(first)
  await fail()
  expect(recoveries()).toBe(0)
  dagstore.configure({ MaxRecoverAttempts: 2 })
  await fail()
  expect(recoveries()).toBe(2)
  home.pieces.mend(first)
  await dagstore.recover(first)
  await fail()
  expect(recoveries()).toBe(3 + 2)
})

it('fewer shards are kept open as soon as the settings say so', async () => {
  const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 8 } })
  for (const key of [first, second, third]) {
    await dagstore.registerPiece(key)
    await (await dagstore.acquire(key)).close()
  }
  const opened = () => home.pieces.opened
  const before = opened()
  for (const key of [first, second, third]) await (await dagstore.acquire(key)).close()
  expect(opened()).toBe(before)
  dagstore.configure({ MaxIdleOpenShards: 1 })
  for (const key of [third, first, second]) await (await dagstore.acquire(key)).close()
  expect(opened()).toBe(before + 2)
})
