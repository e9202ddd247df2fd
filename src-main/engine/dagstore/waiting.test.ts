import { getEventListeners } from 'node:events'
import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { DagstoreHome, type OpenedDagstore } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** Callers who come, wait and go, and files that change while nobody looks. */

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const car = testCar('a')
const indexPath = (key = car.key) => join(home.directory, 'index', `${key}.full.idx`)

describe('a caller', () => {
  it('who has given up before asking begins nothing', async () => {
    home.pieces.add(car)
    const { dagstore, traces } = await home.open()
    await dagstore.registerPiece(car.key, { lazy: true })
    const signal = AbortSignal.abort()
    await expect(dagstore.acquire(car.key, { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(dagstore.initialize(car.key, { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await dagstore.settled()
    expect(dagstore.info(car.key).state).toBe('New')
    expect(traces.map(({ op }) => op)).toEqual(['Register'])
  })

  it('leaves nothing behind with a signal that outlives thousands of calls', async () => {
    home.pieces.add(car)
    const { dagstore } = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0, MaxIdleOpenShards: 0 } })
    const { signal } = new AbortController()
    await dagstore.registerPiece(car.key, { lazy: true, signal })
    const acquired = await Promise.all(Array.from({ length: 5 }, () => dagstore.acquire(car.key, { signal })))
    for (const accessor of acquired) await accessor.close()
    await (await dagstore.acquire(car.key, { signal })).close()
    await dagstore.gc()
    await (await dagstore.acquire(car.key, { signal })).close()
    await dagstore.reindex(car.key, { signal })
    home.pieces.fail(car.key, new EngineError('CAR_INVALID', 'It makes no sense.'))
    await dagstore.gc()
    await expect(dagstore.reindex(car.key, { signal })).rejects.toMatchObject({ code: 'CAR_INVALID' })
    await expect(dagstore.acquire(car.key, { signal })).rejects.toThrow()
    home.pieces.mend(car.key)
    await dagstore.recover(car.key, { signal })
    await dagstore.settled()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('closes what it acquired twice, and nobody else’s', async () => {
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    const [one, other] = [await dagstore.acquire(car.key), await dagstore.acquire(car.key)]
    await one.close()
    await one.close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Serving', readers: 1 })
    expect(await other.blockstore.has(car.cid(0))).toBe(true)
    await other.close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it('is answered when the dagstore closes, although the source never answers', async () => {
    home.pieces.add(car)
    const { dagstore, close } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.hold()
    const acquiring = dagstore.acquire(car.key).catch((error: unknown) => error)
    await home.pieces.held(1)
    await close()
    expect(await acquiring).toMatchObject({ code: 'CLOSED' })
    expect(home.pieces.waiting).toBe(0)
  })

  it('is the last who waits for a source: then that is told that nobody does', async () => {
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.hold()
    const callers = [new AbortController(), new AbortController()]
    const acquiring = callers.map(({ signal }) => dagstore.acquire(car.key, { signal }).catch(() => null))
    await home.pieces.held(1)
    callers[0]?.abort()
    await acquiring[0]
    expect(home.pieces.waiting).toBe(1)
    callers[1]?.abort()
    await acquiring[1]
    await dagstore.settled()
    expect(home.pieces.waiting).toBe(0)
    home.pieces.release()
  })

  it('waits once for an index that is lost, not for one that is lost again and again', async () => {
    home.pieces.add(car)
    let isLost = false
    const { dagstore } = await home.open({
      config: { MaxIdleOpenShards: 0 },
      onStep: async ({ name }) => {
        if (isLost && name === 'add-postings') await rm(indexPath())
      },
    })
    await dagstore.registerPiece(car.key)
    await rm(indexPath())
    isLost = true
    await expect(dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    await dagstore.settled()
    expect(dagstore.info(car.key).readers).toBe(0)
  })
})

it('a file that is kept open though nobody reads it is opened anew where another of its size took its name', async () => {
  const path = join(home.directory, 'same.car')
  const changed = testCar('b')
  expect(changed.bytes.length).toBe(car.bytes.length)
  await writeFile(path, car.bytes)
  const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 8 } })
  await dagstore.register('same', pathToFileURL(path).href)
  await (await dagstore.acquire('same')).close()
  const { atimeMs, mtimeMs } = await stat(path)
  await writeFile(`${path}.new`, changed.bytes)
  await utimes(`${path}.new`, atimeMs / 1000, mtimeMs / 1000 + 10)
  await rename(`${path}.new`, path)
  const accessor = await dagstore.acquire('same')
  await expect(accessor.blockstore.get(car.cid(0))).rejects.toMatchObject({ code: 'INDEX_INVALID' })
  await accessor.close()
  await dagstore.settled()
  const again = await dagstore.acquire('same')
  expect(Buffer.from(await again.blockstore.get(changed.cid(0)))).toEqual(changed.blocks[0]?.bytes)
  await again.close()
})

describe('a record', () => {
  const recordIn = async ({ store }: OpenedDagstore) =>
    JSON.parse(Buffer.from((await store.get(Buffer.from(`/dagstore/${car.key}`))) ?? []).toString())

  it('that could not be written is written when there is an occasion', async () => {
    home.pieces.add(car)
    const opened = await home.open({ config: { MaxIdleOpenShards: 0 } })
    const { dagstore, store } = opened
    await dagstore.registerPiece(car.key, { lazy: true })
    const batch = store.batch.bind(store)
    store.batch = () => Promise.reject(new EngineError('NO_SPACE', 'The disk is full.'))
    await expect(dagstore.initialize(car.key)).rejects.toMatchObject({ code: 'NO_SPACE' })
    store.batch = batch
    expect([dagstore.info(car.key).state, (await recordIn(opened)).s]).toEqual(['Available', 0])
    await (await dagstore.acquire(car.key)).close()
    await dagstore.settled()
    expect((await recordIn(opened)).s).toBe(2)
  })

  it('says where the copy is that an acquire has fetched', async () => {
    home.pieces.add(car)
    const opened = await home.open({ sequential: true })
    const { dagstore } = opened
    await dagstore.registerPiece(car.key)
    await dagstore.gc()
    await dagstore.settled()
    expect((await recordIn(opened)).t).toBe('')
    await (await dagstore.acquire(car.key)).close()
    await dagstore.settled()
    expect((await recordIn(opened)).t).toBe(join(home.directory, 'transients', `transient-${car.key}.complete`))
  })
})
