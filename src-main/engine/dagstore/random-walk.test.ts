import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import type { Dagstore, ShardAccessor } from './dagstore-ports.ts'
import { DagstoreHome, type OpenedDagstore } from './test-kit/open-dagstore.ts'
import { rawBlock, type TestCar, testCar } from './test-kit/test-cars.ts'

/**
 * A long random walk through everything that can be done to a dagstore, beside a model of a few lines that says what
 * must be true. CARPORT_WALK_STEPS and CARPORT_WALK_SEED make it longer, or another.
 */
const STEPS = Number(process.env.CARPORT_WALK_STEPS ?? 20_000)
const SEED = Number(process.env.CARPORT_WALK_SEED ?? 20_210_824)

const shared = rawBlock('in all')
const CARS = Array.from({ length: 8 }, (_, i) => testCar(`walk ${i}`, 2, [shared]))

interface ModelShard {
  /** What is known of it: it may be read, it has failed, or it was never touched. */
  state: 'New' | 'Good' | 'Failed'
  accessors: ShardAccessor[]
}

let home: DagstoreHome
let opened: OpenedDagstore
const store = new MemoryStore()
const model = new Map<string, ModelShard>()
const failing = new Set<string>()

beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(...CARS)
})
afterEach(() => home.remove())

const open = () =>
  home.open({
    store,
    sequential: true,
    config: { MaxRecoverAttempts: 0, RecoverOnStart: 'DoNotRecover', MaxIdleOpenShards: 3 },
  })

/** Mulberry32: the same walk for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
  )

type Step = (dagstore: Dagstore, car: TestCar, random: (below: number) => number) => Promise<void>

const steps: Array<[weight: number, step: Step]> = [
  [
    3,
    async (dagstore, { key }, random) => {
      const lazy = random(2) === 0
      const code = await codeOf(dagstore.register(key, `lotus://${key}`, { lazy }))
      if (model.has(key)) return expect(code).toBe('SHARD_EXISTS')
      expect(code).toBe(lazy || !failing.has(key) ? 'ok' : 'PIECE_NOT_FOUND')
      model.set(key, { state: lazy ? 'New' : failing.has(key) ? 'Failed' : 'Good', accessors: [] })
    },
  ],
  [
    10,
    async (dagstore, { key }, random) => {
      const shard = model.get(key)
      const results = await Promise.allSettled(Array.from({ length: 1 + random(3) }, () => dagstore.acquire(key)))
      for (const result of results) {
        if (result.status === 'fulfilled') shard?.accessors.push(result.value)
        else if (shard === undefined) expect(result.reason).toMatchObject({ code: 'SHARD_NOT_FOUND' })
        else if (shard.state === 'Failed') expect(result.reason).toMatchObject({ code: 'SHARD_ERRORED' })
        else expect([failing.has(key), result.reason]).toMatchObject([true, { code: 'PIECE_NOT_FOUND' }])
      }
      if (shard === undefined || shard.state === 'Failed') return
      shard.state = results.some(({ status }) => status === 'rejected') ? 'Failed' : 'Good'
    },
  ],
  [
    14,
    async (_dagstore, car, random) => {
      const accessors = model.get(car.key)?.accessors ?? []
      const [accessor] = accessors.splice(random(Math.max(1, accessors.length)), 1)
      if (accessor === undefined) return
      const { cid, bytes } = car.blocks[random(3)] ?? shared
      expect(Buffer.from(await accessor.blockstore.get(cid))).toEqual(Buffer.from(bytes))
      await accessor.close()
    },
  ],
  [
    2,
    async (dagstore, { key }) => {
      const shard = model.get(key)
      const code = await codeOf(dagstore.initialize(key))
      if (shard === undefined) return expect(code).toBe('SHARD_NOT_FOUND')
      if (shard.state !== 'New') return expect(code).toBe('SHARD_STATE')
      expect(code).toBe(failing.has(key) ? 'PIECE_NOT_FOUND' : 'ok')
      shard.state = failing.has(key) ? 'Failed' : 'Good'
    },
  ],
  [
    4,
    async (dagstore, { key }) => {
      const shard = model.get(key)
      const code = await codeOf(dagstore.recover(key))
      if (shard === undefined) return expect(code).toBe('SHARD_NOT_FOUND')
      if (shard.state !== 'Failed') return expect(code).toBe('SHARD_STATE')
      expect(code).toBe(failing.has(key) ? 'PIECE_NOT_FOUND' : 'ok')
      if (!failing.has(key)) shard.state = 'Good'
    },
  ],
  [
    2,
    async (dagstore, { key }) => {
      const shard = model.get(key)
      const code = await codeOf(dagstore.reindex(key))
      if (shard === undefined) return expect(code).toBe('SHARD_NOT_FOUND')
      if (shard.state === 'New') return expect(code).toBe('SHARD_STATE')
      // Where the source fails, the transient may still be there.
      expect(code === 'ok' || (failing.has(key) && code === 'PIECE_NOT_FOUND'), code).toBe(true)
      shard.state = code === 'ok' ? 'Good' : 'Failed'
    },
  ],
  [
    2,
    async (dagstore, { key }) => {
      const shard = model.get(key)
      const code = await codeOf(dagstore.destroy(key))
      if (shard === undefined) return expect(code).toBe('SHARD_NOT_FOUND')
      expect(code).toBe(shard.accessors.length > 0 ? 'SHARD_IN_USE' : 'ok')
      if (code === 'ok') model.delete(key)
    },
  ],
  [
    2,
    async (dagstore) => {
      const { shards } = await dagstore.gc()
      for (const { key, error } of shards) {
        expect(error).toBeNull()
        expect(model.get(key)?.accessors).toEqual([])
      }
    },
  ],
  [
    2,
    async (_dagstore, { key }) => {
      failing.add(key)
      home.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', 'It is gone.'))
    },
  ],
  [
    3,
    async (_dagstore, { key }) => {
      failing.delete(key)
      home.pieces.mend(key)
    },
  ],
  [
    1,
    async () => {
      for (const shard of model.values()) for (const accessor of shard.accessors.splice(0)) await accessor.close()
      await opened.close()
      opened = await open()
    },
  ],
  [
    1,
    async (dagstore, { key }) => {
      // A lost index makes the shard fail here, where nothing is healed, at the next start.
      const shard = model.get(key)
      if (shard?.state !== 'Good' || shard.accessors.length > 0) return
      await dagstore.settled()
      await rm(join(home.directory, 'index', `${key}.full.idx`), { force: true })
      for (const other of model.values()) for (const accessor of other.accessors.splice(0)) await accessor.close()
      await opened.close()
      opened = await open()
      await opened.dagstore.settled()
      if (opened.dagstore.info(key).state === 'Errored') shard.state = 'Failed'
    },
  ],
]

async function compare(dagstore: Dagstore): Promise<void> {
  expect(dagstore.list().map(({ key }) => key)).toEqual([...model.keys()].sort())
  const good: string[] = []
  for (const [key, { state, accessors }] of model) {
    const view = dagstore.info(key)
    expect([key, view.readers]).toEqual([key, accessors.length])
    if (state === 'Good') good.push(key)
    const expected = { New: 'New', Failed: 'Errored', Good: accessors.length > 0 ? 'Serving' : 'Available' }[state]
    expect([key, view.state]).toEqual([key, expected])
    expect(dagstore.table.get(key)).toEqual(view)
  }
  const found = (await dagstore.lookup(shared.cid)).map(({ key }) => key)
  expect(found).toEqual(expect.arrayContaining(good.sort()))
}

it(`agrees with its model after each of ${STEPS} random steps`, async () => {
  const random = randomNumbers(SEED)
  const wheel = steps.flatMap(([weight, step]) => Array.from({ length: weight }, () => step))
  opened = await open()
  for (let i = 0; i < STEPS; i++) {
    const car = CARS[random(CARS.length)]
    const step = wheel[random(wheel.length)]
    if (car === undefined || step === undefined) continue
    try {
      await step(opened.dagstore, car, random)
      if (i % 10 === 0) await compare(opened.dagstore)
    } catch (error) {
      throw Object.assign(error as Error, { walk: `step ${i}, seed ${SEED}, shard ${car.key}` })
    }
  }
  await compare(opened.dagstore)
}, 600_000)

it('stands any mixture of calls at once, and can be mended afterwards', async () => {
  const random = randomNumbers(SEED)
  model.clear()
  failing.clear()
  opened = await home.open({ sequential: true, config: { MaxRecoverAttempts: 1, MaxIdleOpenShards: 2 } })
  const { dagstore } = opened
  const anyCar = () => CARS[random(CARS.length)] ?? testCar('none')
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
  for (let burst = 0; burst < STEPS / 200; burst++) {
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
  for (const car of CARS) {
    home.pieces.mend(car.key)
    await dagstore.registerPiece(car.key)
    const { state } = dagstore.info(car.key)
    if (state === 'Errored') await dagstore.recover(car.key)
    await read(car)
  }
  expect(await dagstore.lookup(shared.cid)).toHaveLength(CARS.length)
}, 600_000)
