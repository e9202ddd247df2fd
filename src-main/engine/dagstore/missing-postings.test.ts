import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** Postings that are lost are entered again from the indexes of the shards; until then no look-up says "nowhere". */

let home: DagstoreHome
let held: Promise<void>
let letGo: () => void
beforeEach(async () => {
  home = await DagstoreHome.create()
  held = new Promise((resolve) => {
    letGo = resolve
  })
})
afterEach(() => {
  letGo()
  return home.remove()
})

const postings = () => join(home.directory, 'postings')

/** A directory with so many shards, all of whose postings are in one segment. */
async function fillWith(count: number) {
  const cars = Array.from({ length: count }, (_, i) => testCar(`car ${i}`, 3))
  home.pieces.add(...cars)
  const { dagstore, close } = await home.open()
  await Promise.all(cars.map(({ key }) => dagstore.registerPiece(key)))
  await close()
  expect(await readdir(postings())).toHaveLength(1)
  return cars
}

/** Opens it so that no postings are entered until `letGo`. */
async function openHeld() {
  const { dagstore } = await home.open({
    onStep: ({ name }) => (name === 'add-postings' ? held : undefined),
  })
  return dagstore
}

async function damageSegments(): Promise<void> {
  for (const name of await readdir(postings())) {
    const path = join(postings(), name)
    const { size } = await stat(path)
    const handle = await open(path, 'r+')
    await handle.write(Buffer.alloc(Math.min(64, size), 0x5a), 0, undefined, 64)
    await handle.close()
  }
}

describe('a look-up while postings are missing', () => {
  it('finds every block, the one that meets the damage too', async () => {
    const cars = await fillWith(20)
    const dagstore = await openHeld()
    await dagstore.lookup(testCar('unknown', 1).cid(0))
    await damageSegments()
    const answers = await Promise.all(cars.map(({ cid }) => dagstore.lookup(cid(2))))
    expect(answers.map((found) => found.map(({ key }) => key))).toEqual(cars.map(({ key }) => [key]))
    expect(await dagstore.lookup(testCar('unknown', 1).cid(0))).toEqual([])
    letGo()
    await dagstore.settled()
    expect((await dagstore.lookup(cars[0]?.cid(1) ?? '')).map(({ key }) => key)).toEqual([cars[0]?.key])
  })

  it('finds them right after a start that found the segments gone', async () => {
    const cars = await fillWith(20)
    await rm(postings(), { recursive: true })
    const dagstore = await openHeld()
    const answers = await Promise.all(cars.map(({ cid }) => dagstore.lookup(cid(2))))
    expect(answers.map((found) => found.map(({ key }) => key))).toEqual(cars.map(({ key }) => [key]))
  })

  it('that would have to read too many indexes says to try again, not that the block is nowhere', async () => {
    const cars = await fillWith(300)
    await rm(postings(), { recursive: true })
    const dagstore = await openHeld()
    const wanted = cars[7]?.cid(1) ?? ''
    await expect(dagstore.lookup(wanted)).rejects.toMatchObject({
      code: 'LOOKUP_INCOMPLETE',
      message: expect.stringContaining('300 shards are still being entered'),
    })
    letGo()
    await dagstore.settled()
    expect((await dagstore.lookup(wanted)).map(({ key }) => key)).toEqual([cars[7]?.key])
    expect(await dagstore.lookup(testCar('unknown', 1).cid(0))).toEqual([])
  })
})
