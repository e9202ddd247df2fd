import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GoInvertedRows } from './inverted-index/go-inverted-rows.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const open = (GoInvertedIndex: string) => home.open({ config: { GoInvertedIndex, MaxRecoverAttempts: 0 } })

describe('the rows of Go’s inverted index, where they are kept', () => {
  it('are those of the new index when a shard is indexed anew, and of none when it is gone', async () => {
    const [before, after] = [testCar('before'), testCar('after')]
    const path = join(home.directory, 'a.car')
    await writeFile(path, before.bytes)
    const { dagstore, store } = await open('always')
    const rows = new GoInvertedRows(store)
    const found = () => Promise.all([before, after].map((car) => rows.lookup(car.cid(0).multihash.bytes)))
    await dagstore.register('a', pathToFileURL(path).href)
    expect(await found()).toEqual([['a'], []])
    await writeFile(path, after.bytes)
    await dagstore.reindex('a')
    expect(await found()).toEqual([[], ['a']])
    await writeFile(path, 'this is no CAR')
    await expect(dagstore.reindex('a')).rejects.toMatchObject({ kind: 'corrupt' })
    await writeFile(path, before.bytes)
    await dagstore.recover('a')
    expect(await found()).toEqual([['a'], []])
    await dagstore.destroy('a')
    expect(await found()).toEqual([[], []])
  })

  it('get the shards that came while they were not kept', async () => {
    const [early, late] = [testCar('early'), testCar('late')]
    home.pieces.add(early, late)
    const visit = async (policy: string, car?: typeof early) => {
      const opened = await open(policy)
      if (car !== undefined) await opened.dagstore.registerPiece(car.key)
      await opened.dagstore.settled()
      const rows = new GoInvertedRows(opened.store)
      const found = await Promise.all([early, late].map((each) => rows.lookup(each.cid(0).multihash.bytes)))
      await opened.close()
      return found
    }
    expect(await visit('where-present', early)).toEqual([[], []])
    expect(await visit('always')).toEqual([[early.key], []])
    expect(await visit('never', late)).toEqual([[early.key], []])
    expect(await visit('where-present')).toEqual([[early.key], [late.key]])
  })
})
