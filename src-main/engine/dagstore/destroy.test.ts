import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { rawBlock, testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

describe('destroying a shard', () => {
  it('removes its record, index, transient and postings, and leaves those of others', async () => {
    const shared = rawBlock('in both')
    const [car, other] = [testCar('a', 3, [shared]), testCar('b', 3, [shared])]
    home.pieces.add(car, other)
    const { dagstore, store } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key)
    await dagstore.registerPiece(other.key)
    expect(await dagstore.lookup(shared.cid)).toHaveLength(2)
    await dagstore.destroy(car.key)
    expect(await dagstore.lookup(shared.cid)).toMatchObject([{ key: other.key }])
    expect(await dagstore.lookup(car.cid(0))).toEqual([])
    expect(dagstore.list().map(({ key }) => key)).toEqual([other.key])
    const files = [
      ...(await readdir(join(home.directory, 'index'))),
      ...(await readdir(join(home.directory, 'transients'))),
    ]
    expect(files.filter((name) => name.includes(car.key))).toEqual([])
    const left: string[] = []
    for await (const { key } of store.entries()) {
      const text = Buffer.from(key).toString('latin1')
      if (text.includes(car.key) || text.startsWith('/pu/')) left.push(text)
    }
    expect(left).toEqual([])
  })

  it('that is still recorded, because the disk was full, is there as before and can be destroyed later', async () => {
    const [car, failed] = [testCar('a'), testCar('b')]
    home.pieces.add(car)
    class FullStore extends MemoryStore {
      full = false
      override async batch(...given: Parameters<MemoryStore['batch']>) {
        if (this.full) throw new EngineError('NO_SPACE', 'The disk is full.')
        return super.batch(...given)
      }
    }
    const store = new FullStore()
    const { dagstore } = await home.open({ store, config: { MaxRecoverAttempts: 0 } })
    await dagstore.registerPiece(car.key)
    await dagstore.registerPiece(failed.key).catch(() => {})
    const before = dagstore.list()
    expect(before.map(({ state }) => state).sort()).toEqual(['Available', 'Errored'])

    store.full = true
    const destroying = dagstore.destroy(car.key)
    const registering = dagstore.registerPiece(car.key)
    await expect(destroying).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(await registering).toMatchObject({ state: 'Available' })
    await expect(dagstore.destroy(failed.key)).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(
      dagstore
        .list()
        .map(({ key, state, error }) => [key, state, error])
        .sort(),
    ).toEqual(before.map(({ key, state, error }) => [key, state, error]).sort())
    const accessor = await dagstore.acquire(car.key)
    expect(await accessor.blockstore.has(car.cid(0))).toBe(true)
    await accessor.close()
    expect(await dagstore.lookup(car.cid(0))).toMatchObject([{ key: car.key }])

    store.full = false
    await dagstore.destroy(car.key)
    await dagstore.destroy(failed.key)
    expect(dagstore.list()).toEqual([])
    expect(await dagstore.lookup(car.cid(0))).toEqual([])
  })

  it('is refused while somebody reads it', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    await dagstore.registerPiece(car.key)
    const accessor = await dagstore.acquire(car.key)
    await expect(dagstore.destroy(car.key)).rejects.toMatchObject({ code: 'SHARD_IN_USE' })
    await accessor.close()
    expect(await dagstore.destroy(car.key)).toMatchObject({ key: car.key, state: 'Available' })
    await expect(dagstore.destroy(car.key)).rejects.toMatchObject({ code: 'SHARD_NOT_FOUND' })
  })

  it('ends an initialization that is under way, and tells everyone who waits for it', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    home.pieces.hold()
    const { dagstore } = await home.open({ sequential: true })
    const waiting = [dagstore.registerPiece(car.key), dagstore.acquire(car.key), dagstore.acquire(car.key)]
    const answers = Promise.allSettled(waiting)
    await home.pieces.held(1)
    await dagstore.destroy(car.key)
    for (const answer of await answers)
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'SHARD_NOT_FOUND' } })
    home.pieces.release()
    expect(await readdir(join(home.directory, 'transients'))).toEqual([])
  })

  it('frees its key at once, and is not undone by a restart', async () => {
    const cars = Array.from({ length: 100 }, (_, i) => testCar(`car ${i}`))
    home.pieces.add(...cars)
    const first = await home.open()
    await Promise.all(cars.map(({ key }) => first.dagstore.registerPiece(key)))
    const [again, ...rest] = cars.slice(0, 20)
    const destroying = first.dagstore.destroy(again?.key ?? '')
    const registering = first.dagstore.registerPiece(again?.key ?? '')
    await destroying
    await registering
    await Promise.all(rest.map(({ key }) => first.dagstore.destroy(key)))
    await first.close()
    const { dagstore } = await home.open()
    expect(dagstore.list({ state: 'Available' })).toHaveLength(81)
  })

  it('is final, although a record of the shard was about to be written', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let hold = false
    const first = await home.open({
      onStep: ({ name }) => (hold && name === 'write-record' ? held : undefined),
    })
    await first.dagstore.registerPiece(car.key)
    hold = true
    const reindexing = first.dagstore.reindex(car.key).catch(() => {})
    await first.dagstore.destroy(car.key)
    goOn()
    await reindexing
    await first.close()
    const { dagstore } = await home.open()
    expect(dagstore.list()).toEqual([])
  })

  it('never deletes a transient that the user gave', async () => {
    const car = testCar('a')
    const inside = join(home.directory, 'transients', 'mine.car')
    const { dagstore } = await home.open({ sequential: true })
    await writeFile(inside, car.bytes)
    await dagstore.registerPiece(car.key, { existingTransient: inside })
    await dagstore.gc()
    expect(existsSync(inside)).toBe(true)
    await dagstore.destroy(car.key)
    expect(existsSync(inside)).toBe(true)
  })

  it('leaves no row of it, nor does a removal that is killed in the middle', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const rows = async () => {
      const store = await home.openStore()
      const left: string[] = []
      for await (const { key } of store.entries())
        if (Buffer.from(key).includes(car.key)) left.push(Buffer.from(key).toString())
      await store.close()
      return left
    }
    let dies = true
    const first = await home.open({
      onStep: ({ name }) => {
        if (dies && name === 'delete-index') throw new EngineError('IO_ERROR', 'The program ends here.')
      },
    })
    await first.dagstore.registerPiece(car.key)
    await first.dagstore.detail(car.key) // writes its history
    await first.store.put(Buffer.from(`/pv/${car.key}`), Buffer.from('the version of a source'))
    await first.dagstore.destroy(car.key)
    // Its history, as a kill would leave it.
    await first.close()
    const store = await home.openStore()
    await store.put(Buffer.from(`/ph/${car.key}`), Buffer.from('[]'))
    await store.close()
    expect(await rows()).toContain(`/pr/${car.key}`)
    dies = false
    await (await home.open()).close()
    expect(await rows()).toEqual([])
  })

  it('that could not be ended does not take the shard that has its key by then', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    let dies = true
    const first = await home.open({
      onStep: ({ name }) => {
        if (dies && name === 'delete-index') throw new EngineError('IO_ERROR', 'The disk does not answer.')
      },
    })
    await first.dagstore.registerPiece(car.key)
    await first.dagstore.destroy(car.key)
    dies = false
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const { opened } = home.pieces
    const { dagstore } = await home.open()
    await dagstore.settled()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', error: null })
    expect(existsSync(join(home.directory, 'index', `${car.key}.full.idx`))).toBe(true)
    expect(home.pieces.opened).toBe(opened) // nothing had to be made anew
  })
})
