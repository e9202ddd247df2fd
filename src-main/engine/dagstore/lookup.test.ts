import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import type { InvertedIndex } from './inverted-index/inverted-index.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { rawBlock, testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const shared = rawBlock('in all')
const cars = Array.from({ length: 10 }, (_, i) => testCar(`car ${i}`, 5, [shared])).sort((a, b) =>
  a.key < b.key ? -1 : 1,
)
const [first, second] = cars as [(typeof cars)[0], (typeof cars)[0]]
const unknown = rawBlock('nowhere').cid

async function openAll(config = {}) {
  home.pieces.add(...cars)
  const opened = await home.open({ config })
  await Promise.all(cars.map(({ key }) => opened.dagstore.registerPiece(key)))
  return opened.dagstore
}

describe('looking up a block', () => {
  it('gives every shard that holds it and no other, for every block, by CID of any codec or multihash', async () => {
    const dagstore = await openAll()
    for (const car of cars)
      for (const { cid } of car.blocks.slice(0, -1)) {
        const expected = [{ key: car.key, state: 'Available', error: null }]
        expect(await dagstore.lookup(cid)).toEqual(expected)
        expect(await dagstore.lookup(CID.createV1(0x71, cid.multihash).toString())).toEqual(expected)
        expect(await dagstore.lookup(cid.multihash.bytes)).toEqual(expected)
        expect(await dagstore.lookup(Buffer.from(cid.multihash.bytes).toString('hex'))).toEqual(expected)
      }
    expect((await dagstore.lookup(shared.cid)).map(({ key }) => key)).toEqual(cars.map(({ key }) => key))
    expect(await dagstore.lookup(unknown)).toEqual([])
    for (const text of ['no CID', '1220', '1220abcd', 'ff'])
      await expect(dagstore.lookup(text)).rejects.toMatchObject({ code: 'INVALID_CID' })
  })

  it('is no condition for reading: what could not be entered is entered at the next start', async () => {
    home.pieces.add(first)
    const broken: InvertedIndex = {
      open: async () => {},
      has: () => false,
      add: () => Promise.reject(new EngineError('IO_ERROR', 'The disk does not answer.')),
      leave: async () => {},
      stay: () => {},
      sizeOf: () => null,
      lookup: async () => [],
      remove: async () => {},
      purge: async () => ({ removed: 0 }),
      settle: async () => {},
      close: async () => {},
    }
    const without = await home.open({ adapters: { postings: broken } })
    expect(await without.dagstore.registerPiece(first.key)).toMatchObject({ state: 'Available', error: null })
    const accessor = await without.dagstore.acquire(first.key)
    expect(await accessor.blockstore.has(first.cid(0))).toBe(true)
    await accessor.close()
    await without.close()
    const { dagstore } = await home.open()
    await dagstore.settled()
    expect((await dagstore.lookup(first.cid(0))).map(({ key }) => key)).toEqual([first.key])
  })

  it('shows a shard that failed with its error, and is not stopped by it', async () => {
    const dagstore = await openAll({ MaxRecoverAttempts: 0, MaxIdleOpenShards: 0 })
    home.pieces.fail(first.key, new EngineError('PIECE_NOT_FOUND', 'It is gone.'))
    await dagstore.acquire(first.key).catch(() => {})
    const found = await dagstore.lookup(shared.cid)
    expect(found).toHaveLength(10)
    expect(found[0]).toEqual({ key: first.key, state: 'Errored', error: 'It is gone.' })
  })
})

describe('the entries of an index', () => {
  it('are given by offset, a page at a time', async () => {
    const dagstore = await openAll()
    const all = await dagstore.indexEntries(first.key, { from: 0, limit: 100 })
    expect(all.total).toBe(6)
    expect(all.entries.map(({ multihash }) => multihash)).toEqual(
      first.blocks.map(({ cid }) => Buffer.from(cid.multihash.bytes).toString('hex')),
    )
    const offsets = all.entries.map(({ offset }) => offset)
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
    const pages = await Promise.all([0, 2, 4, 6].map((from) => dagstore.indexEntries(first.key, { from, limit: 2 })))
    expect(pages.flatMap(({ entries }) => entries)).toEqual(all.entries)
    expect(await dagstore.indexEntries(first.key, { from: 100, limit: 5 })).toEqual({ entries: [], total: 6 })
    await expect(dagstore.indexEntries('nothing', { from: 0, limit: 1 })).rejects.toMatchObject({
      code: 'SHARD_NOT_FOUND',
    })
  })
})

describe('a shard as the source of a DAG', () => {
  it('is found by any block, held while it is open, and null where there is none', async () => {
    const dagstore = await openAll()
    const source = dagstore.asDagSource()
    expect(await source.open(unknown)).toBeNull()
    const dag = await source.open(first.cid(0))
    expect(Buffer.from((await dag?.blockstore.get(first.cid(1))) ?? [])).toEqual(
      Buffer.from(first.blocks[1]?.bytes ?? []),
    )
    expect(dagstore.info(first.key).readers).toBe(1)
    await dag?.release()
    expect(dagstore.info(first.key).readers).toBe(0)
  })

  it('is another one when the first cannot be read; the last failure is told when none can', async () => {
    const dagstore = await openAll({ MaxRecoverAttempts: 0, MaxIdleOpenShards: 0 })
    for (const { key } of cars.slice(0, -1)) home.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', 'It is gone.'))
    const dag = await dagstore.asDagSource().open(shared.cid)
    expect(await dag?.blockstore.has(cars.at(-1)?.cid(0) ?? unknown)).toBe(true)
    await dag?.release()
    await expect(dagstore.asDagSource().open(first.cid(0))).rejects.toMatchObject({ code: 'SHARD_ERRORED' })
  })
})

describe('all shards as one blockstore', () => {
  it('reads any block of any shard, also with few of them open, and many at once', async () => {
    const dagstore = await openAll({ MaxIdleOpenShards: 3 })
    const blockstore = dagstore.asBlockstore()
    const blocks = cars.flatMap(({ blocks }) => blocks)
    const read = async ({ cid, bytes }: (typeof blocks)[0]) => {
      expect(Buffer.from(await blockstore.get(cid))).toEqual(Buffer.from(bytes))
      expect([await blockstore.has(cid), await blockstore.size(cid)]).toEqual([true, bytes.length])
    }
    await Promise.all([...blocks, ...blocks.toReversed()].map(read))
    expect(dagstore.list().every(({ state, readers }) => state === 'Available' && readers === 0)).toBe(true)
  })

  it('says so of a block that no shard holds, and answers identity CIDs from themselves', async () => {
    const blockstore = (await openAll()).asBlockstore()
    expect(await blockstore.has(unknown)).toBe(false)
    await expect(blockstore.get(unknown)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    await expect(blockstore.size(unknown)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    const identity = CID.createV1(0x55, Digest.create(0, Buffer.from('me')))
    expect(Buffer.from(await blockstore.get(identity)).toString()).toBe('me')
    await blockstore.close()
    await expect(blockstore.has(unknown)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('reads from the shard that is selected, from none, or fails with the selector', async () => {
    const dagstore = await openAll()
    const asked: string[][] = []
    const selecting = dagstore.asBlockstore({
      select: (_, shards) => {
        asked.push(shards.map(({ key }) => key))
        return second.key
      },
    })
    await selecting.get(shared.cid)
    expect(asked).toEqual([cars.map(({ key }) => key)])
    let chosen: string | null = first.key
    const changing = dagstore.asBlockstore({ select: () => chosen })
    expect(await changing.has(shared.cid)).toBe(true)
    chosen = null // also where the one that answered last has it
    expect(await changing.has(shared.cid)).toBe(false)
    const none = dagstore.asBlockstore({ select: () => null })
    expect(await none.has(shared.cid)).toBe(false)
    await expect(none.get(shared.cid)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    const failing = dagstore.asBlockstore({ select: () => Promise.reject(new RangeError('selector')) })
    await expect(failing.get(shared.cid)).rejects.toThrow('selector')
  })
})
