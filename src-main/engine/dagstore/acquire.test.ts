import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CID } from 'multiformats/cid'
import { identity } from 'multiformats/hashes/identity'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED, wrapCar } from '../car/index.ts'
import { MemoryStore } from '../store/index.ts'
import { MemoryIndexRepo } from './index-repo/memory-index-repo.ts'
import { MemoryInvertedIndex } from './inverted-index/memory-inverted-index.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { encodeTestCar, rawBlock, testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const gone = (key: string) => new EngineError('PIECE_NOT_FOUND', `No source has the piece ${key}.`)

describe('registering', () => {
  it('fetches, indexes and then is Available; every block can be read and looked up', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore, traces } = await home.open()
    expect(await dagstore.registerPiece(car.pieceCid)).toMatchObject({ key: car.key, state: 'Available', error: null })
    const accessor = await dagstore.acquire(car.key)
    for (const { cid, bytes } of car.blocks) {
      expect(Buffer.from(await accessor.blockstore.get(cid))).toEqual(bytes)
      expect(await dagstore.lookup(cid)).toEqual([{ key: car.key, state: 'Serving', error: null }])
    }
    await accessor.close()
    expect(traces.map(({ op, state }) => `${op} ${state}`)).toEqual([
      'Register New',
      'Initialize Initializing',
      'MakeAvailable Available',
      'Acquire Serving',
      'Release Available',
    ])
  })

  it('takes a file, whatever its name, with zeros behind its CAR', async () => {
    const { bytes, cid } = testCar('a')
    const path = join(home.directory, 'a b%.car')
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(1000)]))
    const { dagstore } = await home.open()
    await dagstore.register('from file', pathToFileURL(path).href)
    const accessor = await dagstore.acquire('from file')
    expect(await accessor.blockstore.has(cid(2))).toBe(true)
    await accessor.close()
  })

  it.each<[string, IndexCodec | null]>([
    ['none', null],
    ['car-index-sorted', INDEX_SORTED],
    ['car-multihash-index-sorted', MULTIHASH_INDEX_SORTED],
  ])(
    'takes a CARv2 with any index of its own, or none, and makes one that can be looked up (%s)',
    async (_name, codec) => {
      const inline = { cid: CID.createV1(0x55, identity.digest(Buffer.from('inline'))), bytes: Buffer.from('inline') }
      const car = testCar('v2', 3, [inline])
      const [one, two] = [join(home.directory, 'one.car'), join(home.directory, 'two.car')]
      await writeFile(one, car.bytes)
      await wrapCar(one, two, { codec, dataPadding: 100, indexPadding: 50 })
      const { dagstore } = await home.open()
      await dagstore.register('v2', pathToFileURL(two).href)
      expect((await dagstore.detail('v2')).indexCodec).toBe('car-multihash-index-sorted')
      const accessor = await dagstore.acquire('v2')
      for (const { cid, bytes } of car.blocks) {
        expect(Buffer.from(await accessor.blockstore.get(cid)).equals(bytes)).toBe(true)
        expect((await dagstore.lookup(cid)).map(({ key }) => key)).toEqual(['v2'])
      }
      await accessor.close()
    },
  )

  it('refuses a key twice, a key that shares its row with another, and a place it does not know', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    await dagstore.registerPiece(car.pieceCid, { lazy: true })
    await expect(dagstore.register(car.key, `lotus://${car.key}`)).rejects.toMatchObject({ code: 'SHARD_EXISTS' })
    for (const key of ['', 'a//b', '../a', 'a/'])
      await expect(dagstore.register(key, `lotus://${car.key}`)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    for (const url of ['ftp://a', 'lotus://bafkqaaa', 'nothing'])
      await expect(dagstore.register('b', url)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
  })

  it('goes on although nobody waits for its result', async () => {
    const [good, bad] = [testCar('good'), testCar('bad')]
    home.pieces.add(good)
    home.pieces.fail(bad.key, gone(bad.key))
    const { dagstore } = await home.open({ config: { MaxRecoverAttempts: 0 } })
    for (const { key } of [good, bad]) void dagstore.registerPiece(key).catch(() => {})
    for (const { key } of [good, bad])
      void dagstore.acquire(key).then(
        (accessor) => accessor.close(),
        () => {},
      )
    await dagstore.settled()
    expect(
      dagstore
        .list()
        .map(({ state, readers }) => [state, readers])
        .sort(),
    ).toEqual([
      ['Available', 0],
      ['Errored', 0],
    ])
  })

  it('leaves a piece alone that is a shard already', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    const [first, second] = await Promise.all([dagstore.registerPiece(car.key), dagstore.registerPiece(car.key)])
    expect([first.key, second.key]).toEqual([car.key, car.key])
    expect(dagstore.list()).toHaveLength(1)
  })

  it.each([1, 8, 32])('registers %i shards at once', async (count) => {
    const cars = Array.from({ length: count }, (_, i) => testCar(`car ${i}`))
    home.pieces.add(...cars)
    const { dagstore } = await home.open()
    await Promise.all(cars.map(({ key }) => dagstore.registerPiece(key)))
    expect(dagstore.list({ state: 'Available' })).toHaveLength(count)
  })

  it('keeps a shard that cannot be indexed, with the reason', async () => {
    const car = testCar('a')
    home.pieces.set(car.key, Buffer.from('this is no CAR at all'))
    const { dagstore } = await home.open()
    await expect(dagstore.registerPiece(car.key)).rejects.toMatchObject({ kind: 'corrupt' })
    await dagstore.settled()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Errored', error: expect.stringMatching(/\.$/) })
    await expect(dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'SHARD_ERRORED' })
  })

  it('reads an existing transient instead of a source that has nothing', async () => {
    const car = testCar('a')
    const path = join(home.directory, 'staged.car')
    await writeFile(path, car.bytes)
    for (const sequential of [true, false]) {
      const { dagstore, close } = await home.open({ sequential })
      expect(await dagstore.registerPiece(car.key, { existingTransient: path })).toMatchObject({
        state: 'Available',
        transientPath: path,
      })
      await dagstore.destroy(car.key)
      await close()
    }
    await expect(rm(path)).resolves.toBeUndefined() // destroy has left it alone
  })
})

describe('acquiring', () => {
  it('says so when there is no such shard', async () => {
    const { dagstore } = await home.open()
    await expect(dagstore.acquire('nothing')).rejects.toMatchObject({ code: 'SHARD_NOT_FOUND' })
    expect(() => dagstore.info('nothing')).toThrow(expect.objectContaining({ code: 'SHARD_NOT_FOUND' }))
  })

  it('touches a lazy shard at the first acquire, and fetches it once for all who wait', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key, { lazy: true })
    expect([dagstore.info(car.key).state, home.pieces.opened]).toEqual(['New', 0])
    const accessors = await Promise.all(Array.from({ length: 16 }, () => dagstore.acquire(car.key)))
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Serving', readers: 16 })
    expect(home.pieces.fetched).toBe(1)
    for (const accessor of accessors) await accessor.close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it.each([1, 256])('serves %i at once, fetching once, and ends with nobody reading', async (count) => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key, { lazy: true })
    const read = async () => {
      const accessor = await dagstore.acquire(car.key)
      const bytes = await accessor.blockstore.get(car.cid(0))
      await accessor.close()
      await accessor.close()
      return Buffer.from(bytes).toString()
    }
    const results = await Promise.all(Array.from({ length: count }, read))
    expect(new Set(results)).toEqual(new Set(['a block 0']))
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
    expect(home.pieces.fetched).toBe(1)
  })

  it('gives everyone who waits the same reason when it fails', async () => {
    const car = testCar('a')
    home.pieces.fail(car.key, gone(car.key))
    const { dagstore } = await home.open({ config: { MaxRecoverAttempts: 0 } })
    await dagstore.registerPiece(car.key, { lazy: true })
    const results = await Promise.allSettled(Array.from({ length: 16 }, () => dagstore.acquire(car.key)))
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'PIECE_NOT_FOUND' } })
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Errored', readers: 0 })
  })

  it('lets one caller go without disturbing the others', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    home.pieces.hold()
    const { dagstore } = await home.open()
    await dagstore.registerPiece(car.key, { lazy: true })
    const controller = new AbortController()
    const first = dagstore.acquire(car.key, { signal: controller.signal })
    const second = dagstore.acquire(car.key)
    await home.pieces.held(1)
    controller.abort()
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    home.pieces.release()
    const accessor = await second
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Serving', readers: 1 })
    await accessor.close()
    await expect(dagstore.acquire(car.key, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it('is not failed by a caller who gives up while it is opened', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.hold()
    const controller = new AbortController()
    const acquiring = dagstore.acquire(car.key, { signal: controller.signal })
    await home.pieces.held(1)
    controller.abort()
    await expect(acquiring).rejects.toMatchObject({ code: 'CANCELLED' })
    home.pieces.release()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it('serves who comes right after everybody who waited for its opening gave up', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.hold()
    const controller = new AbortController()
    const first = dagstore.acquire(car.key, { signal: controller.signal })
    await home.pieces.held(1)
    controller.abort()
    const second = dagstore.acquire(car.key)
    home.pieces.release()
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    await (await second).close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it('stays Available when the source does not answer for a while', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.fail(car.key, new EngineError('MOUNT_UNAVAILABLE', 'The source does not answer.'))
    await expect(dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
    home.pieces.mend(car.key)
    await (await dagstore.acquire(car.key)).close()
  })

  it('becomes Errored when the piece is gone for good, and says why', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0, MaxRecoverAttempts: 0 } })
    await dagstore.registerPiece(car.key)
    home.pieces.remove(car.key)
    await expect(dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Errored', error: expect.stringContaining('No source has') })
    await expect(dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'SHARD_ERRORED' })
  })

  it('makes an index anew that was lost while it ran, and serves whoever found out', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open({ config: { MaxIdleOpenShards: 0 } })
    await dagstore.registerPiece(car.key)
    await rm(join(home.directory, 'index', `${car.key}.full.idx`))
    const accessors = await Promise.all([dagstore.acquire(car.key), dagstore.acquire(car.key)])
    expect(await accessors[0]?.blockstore.has(car.cid(0))).toBe(true)
    for (const accessor of accessors) await accessor.close()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', readers: 0 })
  })

  it('does not answer from a file that was exchanged meanwhile: the index is made anew', async () => {
    const [before, after] = [testCar('before'), testCar('after')]
    const path = join(home.directory, 'a.car')
    await writeFile(path, before.bytes)
    const { dagstore } = await home.open()
    await dagstore.register('a', pathToFileURL(path).href)
    await (await dagstore.acquire('a')).close()
    const different = encodeTestCar([rawBlock('x'), ...after.blocks])
    await writeFile(path, different)
    const accessor = await dagstore.acquire('a')
    await expect(accessor.blockstore.get(before.cid(1))).rejects.toMatchObject({ code: 'INDEX_INVALID' })
    await accessor.close()
    await dagstore.settled()
    const again = await dagstore.acquire('a')
    expect(await again.blockstore.has(after.cid(1))).toBe(true)
    expect(await dagstore.lookup(after.cid(1))).toMatchObject([{ key: 'a' }])
    expect(await dagstore.lookup(before.cid(1))).toEqual([])
    await again.close()
  })

  it('closes a reader’s view of it when the reader closes, and no other', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    await dagstore.registerPiece(car.key)
    const [first, second] = await Promise.all([dagstore.acquire(car.key), dagstore.acquire(car.key)])
    await first.close()
    expect(() => first.blockstore.get(car.cid(0))).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(await second.blockstore.has(car.cid(0))).toBe(true)
    await second.blockstore.close()
    expect(dagstore.info(car.key).readers).toBe(0)
  })
})

describe('loading, as markets do', () => {
  it('registers a piece that is not a shard yet', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore } = await home.open()
    await (await dagstore.load(car.key)).close()
    expect(dagstore.info(car.key)).toMatchObject({ lazy: true, state: 'Available', url: `lotus://${car.key}` })
    await expect(dagstore.load('not a piece')).rejects.toMatchObject({ code: 'SHARD_NOT_FOUND' })
  })
})

describe('closing', () => {
  it('answers everyone who waits, and goes on at the next start', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    home.pieces.hold()
    const first = await home.open({ sequential: true })
    const registering = first.dagstore.registerPiece(car.key)
    const acquiring = first.dagstore.acquire(car.key)
    await home.pieces.held(1)
    const answers = Promise.allSettled([registering, acquiring])
    await first.close()
    for (const answer of await answers) expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } })
    await expect(first.dagstore.acquire(car.key)).rejects.toMatchObject({ code: 'CLOSED' })
    home.pieces.release()
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.settled()
    expect(dagstore.info(car.key).state).toBe('Available')
  })
})

describe('other places for records, indexes and postings', () => {
  it('are used instead of the store and the folder', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const indexes = new MemoryIndexRepo()
    const { dagstore } = await home.open({
      store: new MemoryStore(),
      adapters: { indexes, postings: new MemoryInvertedIndex() },
    })
    await dagstore.registerPiece(car.key)
    expect(await indexes.stat(car.key)).not.toBeNull()
    expect(await readdir(home.directory)).toEqual(['transients'])
    const accessor = await dagstore.acquire(car.key)
    expect(await accessor.blockstore.has(car.cid(0))).toBe(true)
    await accessor.close()
    expect((await dagstore.indexEntries(car.key, { from: 1, limit: 5 })).entries).toHaveLength(2)
    await dagstore.destroy(car.key)
    expect(await indexes.stat(car.key)).toBeNull()
  })
})
