import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import { damagedBytes } from '../testing/damaged-bytes.ts'
import { randomNumbers } from '../testing/random-numbers.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** Damage of every kind to what a dagstore finds at its start: nothing crashes or hangs, nothing wrong is given out. */

const cars = [testCar('hit', 20), testCar('spared', 5)] as const
const [hit, spared] = cars
const random = randomNumbers(20_261_122)

let home: DagstoreHome
let store: MemoryStore
beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(...cars)
  store = new MemoryStore()
  const { dagstore, close } = await home.open({ store })
  for (const { key } of cars) await dagstore.registerPiece(key)
  await dagstore.settled()
  await close()
})
afterEach(() => home.remove())

it('indexes: blocks are given whole or not at all, and making the index anew mends all', async () => {
  const path = join(home.directory, 'index', `${hit.key}.full.idx`)
  const good = await readFile(path)
  for (let round = 0; round < 60; round++) {
    await writeFile(path, damagedBytes(good, random))
    const { dagstore, close } = await home.open({ store })
    await dagstore.settled()
    for (const car of cars)
      for (const { cid, bytes } of car.blocks) {
        const accessor = await dagstore.acquire(car.key)
        const found = await accessor.blockstore.get(cid).catch((error: unknown) => error)
        await accessor.close()
        if (found instanceof EngineError) expect([round, car]).toEqual([round, hit])
        else expect(Buffer.from(found as Uint8Array).equals(bytes)).toBe(true)
      }
    if (dagstore.info(hit.key).state === 'Available') await dagstore.reindex(hit.key)
    const accessor = await dagstore.acquire(hit.key)
    for (const { cid } of hit.blocks) await accessor.blockstore.get(cid)
    await accessor.close()
    await close()
    expect((await readFile(path)).equals(good)).toBe(true)
  }
}, 120_000)

it('records: each row is a shard or is listed with the reason, and others are as they were', async () => {
  const row = Buffer.from(`/dagstore/${hit.key}`)
  const good = (await store.get(row)) ?? new Uint8Array(0)
  for (let round = 0; round < 150; round++) {
    const written = damagedBytes(good, random)
    await store.put(row, written)
    const { dagstore, close } = await home.open({ store })
    await dagstore.settled()
    expect(dagstore.list().length).toBeGreaterThanOrEqual(2)
    const accessor = await dagstore.acquire(spared.key)
    for (const { cid, bytes } of spared.blocks)
      expect(Buffer.from(await accessor.blockstore.get(cid)).equals(bytes)).toBe(true)
    await accessor.close()
    const view = dagstore.list().find(({ key }) => key === hit.key)
    const isShard = dagstore.has(hit.key)
    if (view !== undefined && !isShard) {
      expect(view).toMatchObject({ state: 'Errored', error: expect.stringMatching(/.+\.$/) })
      expect(Buffer.from((await store.get(row)) ?? []).equals(written)).toBe(true)
    }
    for (const { key } of dagstore.list()) if (key !== spared.key && key !== hit.key) await dagstore.destroy(key)
    await close()
  }
}, 120_000)
