import { rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeCarV2Prefix } from '../car/index.ts'
import type { Dagstore } from './dagstore-ports.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** A CAR that loses its end after it was indexed: the blocks that are left are served, and the shard says what it lacks. */

const car = testCar('cut', 40)
const other = testCar('other', 5)
const KEY = 'cut'

let home: DagstoreHome
let path: string
beforeEach(async () => {
  home = await DagstoreHome.create()
  path = join(home.directory, 'cut.car')
})
afterEach(() => home.remove())

async function openWith(bytes: Uint8Array): Promise<Dagstore> {
  await writeFile(path, bytes)
  const { dagstore } = await home.open()
  await dagstore.register(KEY, pathToFileURL(path).href)
  return dagstore
}

/** Bytes of a block, or the code of the error. */
async function read(dagstore: Dagstore, n: number, of = car): Promise<string> {
  const accessor = await dagstore.acquire(KEY)
  try {
    return Buffer.from(await accessor.blockstore.get(of.cid(n))).toString()
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await accessor.close()
  }
}

const wrapped = () => {
  const header = encodeCarV2Prefix({
    payloadOffset: 51,
    payloadSize: car.bytes.length,
    indexOffset: 0,
    fullyIndexed: false,
  })
  return Buffer.concat([header, car.bytes])
}

describe.each([
  ['a CARv1', () => car.bytes],
  ['a CARv2', wrapped],
])('%s that was cut', (_, bytes) => {
  it.each([0.3, 0.6, 0.97])('to %s of its length gives every whole block, and says what it lacks', async (share) => {
    const dagstore = await openWith(bytes())
    await truncate(path, Math.floor(bytes().length * share))
    const answers: string[] = []
    for (let n = 0; n < 40; n++) answers.push(await read(dagstore, n))
    const whole = answers.indexOf('CAR_TRUNCATED')
    expect(Math.abs(whole - 40 * share)).toBeLessThan(3)
    expect(answers).toEqual(answers.map((_answer, n) => (n < whole ? `cut block ${n}` : 'CAR_TRUNCATED')))
    expect(dagstore.info(KEY)).toMatchObject({ state: 'Available', error: expect.stringMatching(/was cut: .*\.$/) })
    const { attempts } = await dagstore.detail(KEY)
    expect(attempts.filter(({ error }) => error?.includes('was cut'))).toHaveLength(1)
  })

  it('is whole again when its file is', async () => {
    const dagstore = await openWith(bytes())
    await truncate(path, bytes().length - 10)
    expect(await read(dagstore, 39)).toBe('CAR_TRUNCATED')
    await writeFile(`${path}.new`, bytes())
    await rename(`${path}.new`, path)
    expect(await read(dagstore, 39)).toBe('cut block 39')
    expect(dagstore.info(KEY)).toMatchObject({ state: 'Available', error: null })
  })
})

it('a CAR that is cut while it is read gives what is left to that reader', async () => {
  const dagstore = await openWith(car.bytes)
  const { blockstore, close } = await dagstore.acquire(KEY).then((accessor) => ({
    blockstore: accessor.blockstore,
    close: () => accessor.close(),
  }))
  await blockstore.get(car.cid(0))
  await truncate(path, 1500)
  await expect(blockstore.get(car.cid(39))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
  await expect(blockstore.has(car.cid(39))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
  expect(Buffer.from(await blockstore.get(car.cid(1))).toString()).toBe('cut block 1')
  expect(dagstore.info(KEY)).toMatchObject({ state: 'Serving', error: expect.stringContaining('was cut') })
  await close()
})

it('another, shorter CAR in its place gets an index of its own', async () => {
  const dagstore = await openWith(car.bytes)
  await writeFile(path, other.bytes)
  expect(await read(dagstore, 39)).toBe('INDEX_INVALID')
  await dagstore.settled()
  expect(await read(dagstore, 4, other)).toBe('other block 4')
  expect(dagstore.info(KEY)).toMatchObject({ state: 'Available', error: null })
})

it('is served as far as it is there after a restart, too', async () => {
  await openWith(car.bytes)
  await truncate(path, 1500)
  await home.closeAll()
  const { dagstore } = await home.open()
  await dagstore.settled()
  expect([await read(dagstore, 1), await read(dagstore, 39)]).toEqual(['cut block 1', 'CAR_TRUNCATED'])
})
