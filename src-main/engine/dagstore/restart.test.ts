import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { LevelStore, MemoryStore } from '../store/index.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const indexPath = (key: string) => join(home.directory, 'index', `${key}.full.idx`)
const transientPath = (key: string) => join(home.directory, 'transients', `transient-${key}.complete`)

async function rowOf(key: string): Promise<string | undefined> {
  const store = await LevelStore.open(join(home.directory, 'datastore'))
  const value = await store.get(Buffer.from(`/dagstore/${key}`))
  await store.close()
  return value === undefined ? undefined : Buffer.from(value).toString()
}

async function writeRow(key: string, record: object): Promise<void> {
  const store = await LevelStore.open(join(home.directory, 'datastore'), { compression: false })
  await store.put(Buffer.from(`/dagstore/${key}`), Buffer.from(JSON.stringify(record)))
  await store.close()
}

const recordOf = (key: string, s: number, more: object = {}) => ({
  k: key,
  u: `lotus://${key}`,
  t: '',
  s,
  l: false,
  e: '',
  ...more,
})

async function changeByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  const place = (at + bytes.length) % bytes.length
  await writeFile(path, bytes.with(place, (bytes[place] ?? 0) ^ 1))
}

describe('after a restart', () => {
  it.each(['add-postings', 'write-index'])(
    'look-ups follow the index of a shard that was killed at %s of a re-index',
    async (killedAt) => {
      const key = testCar('old').key
      const blockOf = (name: string) => testCar(name, 3).cid(0)
      home.pieces.set(key, testCar('old', 3).bytes)
      const first = await home.open()
      await first.dagstore.registerPiece(key)
      await first.close()
      home.pieces.set(key, testCar('new', 3).bytes)
      const killed = await DagstoreHome.create()
      killed.pieces.set(key, testCar('new', 3).bytes)
      const asAtTheKill = async ({ name }: { name: string }) => {
        if (name === killedAt) await cp(home.directory, killed.directory, { recursive: true, force: true })
      }
      const second = await home.open({ onStep: asAtTheKill })
      await second.dagstore.reindex(key)
      expect(await second.dagstore.lookup(blockOf('new'))).toHaveLength(1)
      const { dagstore } = await killed.open({ config: { MaxRecoverAttempts: 0 } })
      await dagstore.settled()
      expect(await dagstore.lookup(blockOf('new'))).toHaveLength(1)
      expect(await dagstore.lookup(blockOf('old'))).toHaveLength(0)
      await killed.remove()
    },
  )

  it('a hundred shards are Available, nobody reads them, and none can be registered again', async () => {
    const cars = Array.from({ length: 100 }, (_, i) => testCar(`car ${i}`))
    home.pieces.add(...cars)
    const first = await home.open()
    await Promise.all(cars.map(({ key }) => first.dagstore.registerPiece(key)))
    await first.dagstore.acquire(cars[0]?.key ?? '')
    await first.close()
    const fetched = home.pieces.opened
    const { dagstore } = await home.open()
    expect(dagstore.list({ state: 'Available' })).toHaveLength(100)
    expect(dagstore.list().every(({ readers, error }) => readers === 0 && error === null)).toBe(true)
    for (const { key } of cars)
      await expect(dagstore.register(key, `lotus://${key}`)).rejects.toMatchObject({ code: 'SHARD_EXISTS' })
    await dagstore.settled()
    expect(home.pieces.opened).toBe(fetched)
    expect(dagstore.list().every(({ sizeBytes, indexBytes }) => sizeBytes !== null && indexBytes !== null)).toBe(true)
  })

  it('a shard is there whose record could not be written at first, because the disk was full', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    class FullStore extends MemoryStore {
      full = true
      override async batch(...given: Parameters<MemoryStore['batch']>) {
        if (this.full) throw new EngineError('NO_SPACE', 'The disk is full.')
        return super.batch(...given)
      }
    }
    const store = new FullStore()
    const clock = new ManualClock(0)
    const first = await home.open({ store, clock })
    await expect(first.dagstore.registerPiece(car.key)).rejects.toMatchObject({ code: 'NO_SPACE' })
    await first.dagstore.settled()
    expect(first.dagstore.list()).toMatchObject([{ key: car.key, state: 'Available' }])
    store.full = false
    clock.moveTo(60_000)
    const row = Buffer.from(`/dagstore/${car.key}`)
    while ((await store.get(row)) === undefined) await new Promise((resolve) => setImmediate(resolve))
    await first.close()
    const { dagstore } = await home.open({ store })
    expect(dagstore.list()).toMatchObject([{ key: car.key, state: 'Available' }])
  })

  it('a record is what Go writes, escaped as Go escapes', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const { dagstore, close } = await home.open({ config: { MaxRecoverAttempts: 0 } })
    home.pieces.fail(car.key, new EngineError('PIECE_NOT_FOUND', 'No <piece> & no "sector"\u2028.'))
    await dagstore.register('a & b', `lotus://${car.key}`).catch(() => {})
    await close()
    expect(await rowOf('a & b')).toBe(
      `{"k":"a \\u0026 b","u":"lotus://${car.key}","t":"","s":240,"l":false,"e":"No \\u003cpiece\\u003e \\u0026 no \\"sector\\"\\u2028."}`,
    )
  })

  it('a registration that was interrupted goes on', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    home.pieces.hold()
    const first = await home.open()
    const registering = first.dagstore.registerPiece(car.key)
    registering.catch(() => {})
    await home.pieces.held(1)
    await first.close()
    expect(await rowOf(car.key)).toContain('"s":1')
    const { dagstore, traces } = await home.open()
    await home.pieces.held(1)
    expect(dagstore.info(car.key).state).toBe('Initializing')
    const acquiring = dagstore.acquire(car.key)
    home.pieces.release()
    await (await acquiring).close()
    expect(traces.map(({ op, state }) => `${op} ${state}`)).toEqual([
      'Initialize Initializing',
      'Acquire Initializing',
      'MakeAvailable Serving',
      'Release Available',
    ])
  })

  it('a shard whose index was made, but not recorded, needs no second fetch', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open()
    await first.dagstore.registerPiece(car.key)
    await first.close()
    await writeRow(car.key, recordOf(car.key, 1))
    const fetched = home.pieces.opened
    const { dagstore } = await home.open()
    await dagstore.settled()
    expect([dagstore.info(car.key).state, home.pieces.opened]).toEqual(['Available', fetched])
  })

  it('a recovery that was interrupted goes on, under every policy', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    for (const RecoverOnStart of ['DoNotRecover', 'RecoverOnAcquire', 'RecoverNow'] as const) {
      await writeRow(car.key, recordOf(car.key, 128, { e: 'it was locked' }))
      const { dagstore, close } = await home.open({ config: { RecoverOnStart } })
      await dagstore.settled()
      expect(dagstore.info(car.key)).toMatchObject({ state: 'Available', error: null })
      await close()
    }
  })

  it.each([
    ['is missing', (path: string) => rm(path)],
    ['is empty', (path: string) => truncate(path, 0)],
    ['is cut', (path: string) => truncate(path, 60)],
    ['is something else', (path: string) => writeFile(path, 'no index')],
    ['has a digest changed', (path: string) => changeByte(path, 60)],
    ['leads astray', (path: string) => changeByte(path, -8)],
    ['asks for more memory than there is', (path: string) => writeFile(path, hostileIndex())],
  ])('an index that %s is found and made anew before anybody asks for it', async (_, damage) => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open()
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const before = await readFile(indexPath(car.key))
    await damage(indexPath(car.key))
    const { dagstore, traces } = await home.open()
    await dagstore.settled()
    expect(traces.map(({ op, state }) => `${op} ${state}`)).toEqual(['Fail Recovering', 'MakeAvailable Available'])
    expect(await readFile(indexPath(car.key))).toEqual(before)
    expect(await dagstore.lookup(car.cid(1))).toHaveLength(1)
  })

  it('an index that was only copied, or came from Go, is taken as it is, and known from then on', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open()
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const restart = async () => {
      const { dagstore, traces, close } = await home.open()
      await dagstore.settled()
      const states = traces.map(({ state }) => state)
      await close()
      return states
    }
    await writeFile(indexPath(car.key), await readFile(indexPath(car.key)))
    expect(await restart()).toEqual([])
    const store = await home.openStore()
    await store.delete(Buffer.from(`/pk/${car.key}`))
    await store.close()
    expect(await restart()).toEqual([])
    await changeByte(indexPath(car.key), 60)
    expect(await restart()).toEqual(['Recovering', 'Available'])
  })

  it('a damaged index stays on disk, and the shard says why, where nothing is healed or can be', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open()
    await first.dagstore.registerPiece(car.key)
    await first.close()
    await writeFile(indexPath(car.key), 'no index')
    const second = await home.open({ config: { RecoverOnStart: 'DoNotRecover', MaxRecoverAttempts: 0 } })
    await second.dagstore.settled()
    expect(second.dagstore.info(car.key)).toMatchObject({ state: 'Errored', error: expect.stringContaining('index') })
    await second.close()
    home.pieces.remove(car.key)
    const { dagstore } = await home.open({ config: { RecoverOnStart: 'RecoverNow' } })
    await dagstore.settled()
    expect(dagstore.info(car.key)).toMatchObject({ state: 'Errored', error: expect.stringContaining('No source') })
    expect(await readFile(indexPath(car.key), 'utf8')).toBe('no index')
  })

  it('the transient is used again, and is not fetched', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open({ sequential: true })
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const { dagstore } = await home.open({ sequential: true })
    await (await dagstore.acquire(car.key)).close()
    expect(home.pieces.fetched).toBe(1)
    expect(dagstore.info(car.key).transientPath).toBe(transientPath(car.key))
  })

  it('a transient that is cut is fetched anew', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open({ sequential: true })
    await first.dagstore.registerPiece(car.key)
    await first.close()
    await truncate(transientPath(car.key), 100)
    const { dagstore } = await home.open({ sequential: true })
    const accessor = await dagstore.acquire(car.key)
    expect(Buffer.from(await accessor.blockstore.get(car.cid(2))).toString()).toBe('a block 2')
    await accessor.close()
    expect(home.pieces.fetched).toBe(2)
  })

  it('transients of nobody are removed; what is not one, or what any record names, stays', async () => {
    const [car, other] = [testCar('a'), testCar('b')]
    home.pieces.add(car)
    const first = await home.open({ sequential: true })
    await first.dagstore.registerPiece(car.key)
    await first.close()
    const folder = join(home.directory, 'transients')
    const named = `transient-${other.key}.complete`
    for (const name of [named, 'transient-x.complete', 'transient-y.partial', 'notes.txt'])
      await writeFile(join(folder, name), 'x')
    await mkdir(join(folder, 'sub'))
    await writeFile(join(folder, 'sub', 'transient-z.complete'), 'x')
    await writeRow(other.key, recordOf(other.key, 2, { u: 'unknown://b', t: join(folder, named) }))
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.settled()
    expect((await readdir(folder)).sort()).toEqual([`transient-${car.key}.complete`, named, 'notes.txt', 'sub'].sort())
    expect(existsSync(join(folder, 'sub', 'transient-z.complete'))).toBe(true)
  })

  it('a row that is no record is listed with the reason, can be registered anew, and can be destroyed', async () => {
    const [car, other] = [testCar('a'), testCar('b')]
    home.pieces.add(car)
    await writeRow(car.key, recordOf(car.key, 2, { u: 'unknown://a' }))
    await writeRow(other.key, { k: 5 })
    const { dagstore } = await home.open()
    expect(dagstore.list({ failed: true }).map(({ key, error }) => [key, error])).toEqual(
      [
        [car.key, 'The place unknown://a cannot be mounted: unknown: is not known here.'],
        [other.key, `The record of ${other.key} cannot be read: it names no shard.`],
      ].sort(),
    )
    expect(await dagstore.detail(car.key)).toMatchObject({ state: 'Errored', copies: [] })
    await expect(dagstore.recover(car.key)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    expect(await dagstore.registerPiece(car.key)).toMatchObject({ state: 'Available' })
    await dagstore.destroy(other.key)
    expect(dagstore.list().map(({ key }) => key)).toEqual([car.key])
  })

  it('a row that is no record is not written over by somebody who loads the piece', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    await writeRow(car.key, [])
    const { dagstore, store } = await home.open()
    await expect(dagstore.load(car.key)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    expect(Buffer.from((await store.get(Buffer.from(`/dagstore/${car.key}`))) ?? []).toString()).toBe('[]')
  })

  it('a damaged row whose name Go would never write goes alone when it is destroyed', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open()
    await first.dagstore.registerPiece(car.key)
    await first.close()
    await writeRow(`x/../${car.key}`, { no: 'record' })
    const second = await home.open()
    expect(second.dagstore.info(`x/../${car.key}`).state).toBe('Errored')
    await second.dagstore.destroy(`x/../${car.key}`)
    await second.close()
    const { dagstore } = await home.open()
    expect(dagstore.list().map(({ key, state }) => [key, state])).toEqual([[car.key, 'Available']])
  })

  it('a row under another shard’s name is moved where it belongs, or listed where that is taken', async () => {
    const [car, other] = [testCar('a'), testCar('b')]
    home.pieces.add(car, other)
    await writeRow('elsewhere', recordOf(car.key, 0, { l: true }))
    const first = await home.open()
    expect(first.dagstore.list().map(({ key }) => key)).toEqual([car.key])
    await first.close()
    expect([await rowOf('elsewhere'), (await rowOf(car.key)) !== undefined]).toEqual([undefined, true])
    const second = await home.open()
    await second.dagstore.initialize(car.key)
    await second.close()
    await writeRow('elsewhere', recordOf(car.key, 0))
    const { dagstore } = await home.open()
    expect(dagstore.info('elsewhere')).toMatchObject({ state: 'Errored', error: expect.stringContaining(car.key) })
    expect(dagstore.info(car.key).state).toBe('Available')
  })

  it('a row under another shard’s name does not replace a damaged one', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    await writeRow('elsewhere', recordOf(car.key, 2))
    await writeRow(car.key, ['no record'])
    const { dagstore, close } = await home.open()
    await dagstore.settled()
    expect(dagstore.list().map(({ key, state }) => [key, state])).toEqual([
      [car.key, 'Errored'],
      ['elsewhere', 'Errored'],
    ])
    await close()
    expect([await rowOf(car.key), await rowOf('elsewhere')]).toEqual([
      '["no record"]',
      expect.stringContaining(car.key),
    ])
  })

  it('rows that have changed places are put back, and none is lost', async () => {
    const cars = [testCar('a'), testCar('b'), testCar('c')] as const
    const [a, b, c] = cars
    home.pieces.add(...cars)
    for (const [name, { key }] of [
      [a.key, b],
      [b.key, c],
      [c.key, a],
    ] as const)
      await writeRow(name, recordOf(key, 0, { l: true }))
    for (let start = 0; start < 2; start++) {
      const { dagstore, close } = await home.open()
      expect(dagstore.list().map(({ key, state }) => [key, state])).toEqual(cars.map(({ key }) => [key, 'New']).sort())
      await close()
    }
    expect(await rowOf(a.key)).toContain(`"k":"${a.key}"`)
  })

  it('a row under another shard’s name does not replace one that cannot be moved itself', async () => {
    const [a, b, c] = [testCar('a'), testCar('b'), testCar('c')]
    await writeRow(c.key, recordOf(c.key, 0, { l: true }))
    await writeRow(b.key, recordOf(c.key, 0, { l: true }))
    await writeRow(a.key, recordOf(b.key, 0, { l: true }))
    const { dagstore, close } = await home.open()
    expect(dagstore.list({ failed: true }).map(({ key }) => key)).toEqual([a.key, b.key].sort())
    await close()
    expect([await rowOf(a.key), await rowOf(b.key)]).toEqual([
      expect.stringContaining(`"k":"${b.key}"`),
      expect.stringContaining(`"k":"${c.key}"`),
    ])
  })

  it('a folder that was moved keeps its transients', async () => {
    const car = testCar('a')
    home.pieces.add(car)
    const first = await home.open({ sequential: true })
    await first.dagstore.registerPiece(car.key)
    await first.close()
    await writeRow(car.key, recordOf(car.key, 2, { t: `/old/place/transient-${car.key}.complete` }))
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.settled()
    await (await dagstore.acquire(car.key)).close()
    expect(home.pieces.fetched).toBe(1)
    expect(dagstore.info(car.key).transientPath).toBe(transientPath(car.key))
  })

  it('an index directory of another version is refused, with nothing changed', async () => {
    await mkdir(join(home.directory, 'index'), { recursive: true })
    await writeFile(join(home.directory, 'index', '.version'), '2')
    await expect(home.open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })
})

/** A sorted index with one bucket that claims to have nearly 2^63 bytes. */
function hostileIndex(): Buffer {
  const index = Buffer.alloc(40)
  index.writeUInt16LE(0x0881, 0) // varint 0x0401
  index.writeInt32LE(1, 2)
  index.writeBigUInt64LE(0x12n, 6)
  index.writeInt32LE(1, 14)
  index.writeUInt32LE(40, 18)
  index.writeBigUInt64LE(0x7fff_ffff_ffff_fff0n, 22)
  return index
}
