import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

describe('shard keys', () => {
  it('may be any text: such shards outlive a restart, are read and looked up, and leave nothing when they go', async () => {
    const car = testCar('a')
    const file = join(home.directory, 'a.car')
    await writeFile(file, car.bytes)
    const odd = [
      'a/b',
      'a%2Fb',
      'ünï/😀',
      '😀'.repeat(200),
      '%',
      'a b',
      'CON',
      '..a',
      '-rf',
      '"',
      'a\nb',
      'a\u0000b',
      '<&>',
    ]
    const keys = [...odd, 'A', 'a', 'é', 'e\u0301', 'k.full.idx', '.version', '__proto__', 'x'.repeat(300)].sort()
    const first = await home.open()
    for (const key of keys) await first.dagstore.register(key, pathToFileURL(file).href)
    await first.close()
    const { dagstore } = await home.open()
    await dagstore.settled()
    expect(dagstore.list().map(({ key, state }) => [key, state])).toEqual(keys.map((key) => [key, 'Available']))
    for (const key of keys) await (await dagstore.acquire(key)).close()
    expect((await dagstore.lookup(car.cid(0))).map(({ key }) => key)).toEqual(keys)
    for (const key of keys) await dagstore.destroy(key)
    expect(await readdir(join(home.directory, 'index'))).toEqual(['.version'])
  })
})
