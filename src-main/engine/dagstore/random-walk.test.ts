import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import { randomNumbers } from '../testing/random-numbers.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { RandomWalk, WALK_CARS, WALK_SHARED } from './test-kit/random-walk.ts'
import { type TestCar, testCar } from './test-kit/test-cars.ts'

/** With files and transients. The walk of a million steps is that of random-walk-in-memory.test.ts. */
const STEPS = 10_000
const BURSTS = 100
const SEED = 20_210_824

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

it(`agrees with its model after each of ${STEPS} random steps`, async () => {
  const store = new MemoryStore()
  const config = { MaxRecoverAttempts: 0, RecoverOnStart: 'DoNotRecover', MaxIdleOpenShards: 3 }
  const walk = await RandomWalk.begin(
    {
      pieces: home.pieces,
      open: () => home.open({ store, sequential: true, config }),
      loseIndex: (key) => rm(join(home.directory, 'index', `${key}.full.idx`)),
      restartsOneIn: 2,
    },
    SEED,
  )
  await walk.go(STEPS)
}, 120_000)

it('stands any mixture of calls at once, and can be mended afterwards', async () => {
  const random = randomNumbers(SEED)
  home.pieces.add(...WALK_CARS)
  const opened = await home.open({ sequential: true, config: { MaxRecoverAttempts: 1, MaxIdleOpenShards: 2 } })
  const { dagstore } = opened
  const anyCar = () => WALK_CARS[random(WALK_CARS.length)] ?? testCar('none')
  const read = async (car: TestCar) => {
    const accessor = await dagstore.acquire(car.key)
    try {
      expect(Buffer.from(await accessor.blockstore.get(car.cid(0))).toString()).toBe(
        Buffer.from(car.blocks[0]?.bytes ?? []).toString(),
      )
    } finally {
      await accessor.close()
    }
  }
  const calls: Array<(car: TestCar) => Promise<unknown>> = [
    (car) => dagstore.registerPiece(car.key, { lazy: random(2) === 0 }),
    read,
    read,
    read,
    (car) => dagstore.acquire(car.key, { signal: AbortSignal.timeout(random(3)) }).then((accessor) => accessor.close()),
    (car) => dagstore.initialize(car.key),
    (car) => dagstore.recover(car.key),
    (car) => dagstore.destroy(car.key),
    () => dagstore.gc(),
    (car) => dagstore.lookup(car.cid(1)),
    async (car) => home.pieces.fail(car.key, new EngineError('PIECE_NOT_FOUND', 'It is gone.')),
    async (car) => home.pieces.mend(car.key),
  ]
  for (let burst = 0; burst < BURSTS; burst++) {
    const all = Array.from({ length: 60 }, () => (calls[random(calls.length)] ?? read)(anyCar()))
    for (const result of await Promise.allSettled(all))
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(EngineError)
    await dagstore.settled()
    for (const view of dagstore.list()) {
      expect([view.key, view.readers]).toEqual([view.key, 0])
      expect(['New', 'Available', 'Errored']).toContain(view.state)
      expect(dagstore.info(view.key)).toEqual(view)
    }
  }
  for (const car of WALK_CARS) {
    home.pieces.mend(car.key)
    await dagstore.registerPiece(car.key)
    const { state } = dagstore.info(car.key)
    if (state === 'Errored') await dagstore.recover(car.key)
    await read(car)
  }
  expect(await dagstore.lookup(WALK_SHARED.cid)).toHaveLength(WALK_CARS.length)
}, 600_000)
