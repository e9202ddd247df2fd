import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import { LevelStore } from '../store/index.ts'
import { createDagstore } from './dagstore.ts'
import type { Dagstore } from './dagstore-ports.ts'
import type { ShardStep } from './shard-step.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { rawBlock, testCar } from './test-kit/test-cars.ts'

/**
 * Stops a dagstore in front of each of its steps in turn, as a kill does, and starts another on the same files. What
 * was answered before must still hold, nothing may be left half done, and everything must be readable.
 */

const shared = rawBlock('a block of all')
const [kept, destroyed, broken, lazy] = ['kept', 'destroyed', 'broken', 'lazy'].map((name) =>
  testCar(name, 3, [shared]),
) as [ReturnType<typeof testCar>, ReturnType<typeof testCar>, ReturnType<typeof testCar>, ReturnType<typeof testCar>]
const all = [kept, destroyed, broken, lazy]
const JUNK = Buffer.from('this is no CAR at all')

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

/** What callers were told, in the order they were told. */
type Answers = string[]

/** Everything a shard can go through. Stops wherever a step stops. */
async function scenario(dagstore: Dagstore, answers: Answers): Promise<void> {
  const done = (answer: string) => answers.push(answer)
  await dagstore.registerPiece(kept.key)
  done('kept is there')
  await dagstore.registerPiece(lazy.key, { lazy: true })
  done('lazy is there')
  await dagstore.registerPiece(destroyed.key)
  await (await dagstore.acquire(kept.key)).close()
  await dagstore.gc()
  await (await dagstore.acquire(kept.key)).close()
  await rm(join(home.directory, 'index', `${kept.key}.full.idx`))
  dagstore.configure({ MaxIdleOpenShards: 0 })
  await (await dagstore.acquire(kept.key)).close()
  done('kept has its index again')
  home.pieces.set(broken.key, JUNK)
  await dagstore.registerPiece(broken.key).catch(() => {})
  done('broken failed')
  home.pieces.add(broken)
  await dagstore.recover(broken.key)
  done('broken is mended')
  done('destroying')
  await dagstore.destroy(destroyed.key)
  done('destroyed is gone')
  await dagstore.registerPiece(destroyed.key)
  done('destroyed is back')
  await dagstore.initialize(lazy.key)
  done('lazy is Available')
}

/** Runs the scenario until its n-th step; gives what was answered, and whether it got so far. */
async function runUntil(step: number): Promise<{ answers: Answers; stoppedAt: ShardStep | null }> {
  home.pieces.add(...all)
  const store = await LevelStore.open(join(home.directory, 'datastore'), { compression: false })
  const answers: Answers = []
  let count = 0
  let stoppedAt: ShardStep | null = null
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const dagstore = createDagstore({
    directory: home.directory,
    store,
    tasks: inlineTaskRunner,
    mounts: home.mounts(true),
    clock: systemClock,
    log: silentLogger,
    config: { GCInterval: 0, MaxRecoverAttempts: 0 },
    onStep: (reached) => {
      if (count++ < step) return
      stoppedAt ??= reached
      stop()
      return new Promise(() => {}) // dead: this step, and every later one, never happens
    },
  })
  await dagstore.start()
  const ended = scenario(dagstore, answers).then(
    () => dagstore.settled(),
    () => {},
  )
  await Promise.race([ended, stopped])
  if (stoppedAt === null) await dagstore.close()
  await store.close()
  return { answers, stoppedAt }
}

async function check(dagstore: Dagstore, answers: Answers): Promise<void> {
  await dagstore.settled()
  for (const car of all) {
    if (!dagstore.has(car.key)) continue
    const { state, readers } = dagstore.info(car.key)
    expect(readers).toBe(0)
    expect(['New', 'Available', 'Errored']).toContain(state)
    if (state === 'New') expect(car.key).toBe(lazy.key)
    const accessor = await dagstore.acquire(car.key)
    for (const { cid, bytes } of car.blocks) {
      expect(Buffer.from(await accessor.blockstore.get(cid))).toEqual(Buffer.from(bytes))
      expect((await dagstore.lookup(cid)).map(({ key }) => key)).toContain(car.key)
    }
    await accessor.close()
  }
  const expected = [...dagstore.list().map(({ key }) => key)].sort()
  expect((await dagstore.lookup(shared.cid)).map(({ key }) => key)).toEqual(expected)
  const said = (answer: string) => answers.includes(answer)
  if (said('kept is there')) expect(dagstore.has(kept.key)).toBe(true)
  if (said('kept has its index again')) expect(dagstore.info(kept.key).indexBytes).not.toBeNull()
  if (said('lazy is there')) expect(dagstore.has(lazy.key)).toBe(true)
  if (said('broken failed')) expect(dagstore.has(broken.key)).toBe(true)
  if (said('destroyed is back')) expect(dagstore.has(destroyed.key)).toBe(true)
}

/** Files and rows that belong to no shard. */
async function leftovers(store: LevelStore, keys: string[]): Promise<string[]> {
  const isKnown = (name: string) => keys.some((key) => name.includes(key))
  const files = [
    ...(await readdir(join(home.directory, 'index'))).filter((name) => name !== '.version'),
    ...(await readdir(join(home.directory, 'transients'))),
  ].filter((name) => !isKnown(name))
  const rows: string[] = []
  for await (const { key } of store.entries()) {
    const name = Buffer.from(key).toString('latin1')
    if (name.startsWith('/pr/') || name.startsWith('/pu/')) rows.push(name)
    else if (/^\/(dagstore|ps|pi|pv)\//.test(name) && !isKnown(name)) rows.push(name)
  }
  return [...files, ...rows]
}

it('loses nothing and leaves nothing, wherever it is killed', async () => {
  const stops: string[] = []
  for (let step = 0; ; step++) {
    const { answers, stoppedAt } = await runUntil(step)
    home.pieces.add(...all)
    const { dagstore, store, close } = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0 } })
    await check(dagstore, answers)
    const left = await leftovers(
      store as LevelStore,
      dagstore.list().map(({ key }) => key),
    )
    expect([stoppedAt?.name, left]).toEqual([stoppedAt?.name, []])
    await close()
    await rm(home.directory, { recursive: true })
    if (stoppedAt === null) break
    stops.push(stoppedAt.name)
  }
  expect(new Set(stops)).toEqual(
    new Set([
      'write-record',
      'fetch-transient',
      'write-index',
      'add-postings',
      'discard-transient',
      'collect-transient',
      'name-transient',
      'delete-record',
      'remove-postings',
      'delete-index',
      'end-removal',
    ]),
  )
}, 120_000)
