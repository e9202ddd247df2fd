import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { mutate, Random, readEveryWay } from './testing/fuzz-target.ts'

const ROUNDS = 1500

const temporary = temporaryFolder('fuzz')

function seeds(): Uint8Array[] {
  const own = readdirSync(fixture('car/generated')).filter((name) => /\.(car|carindex)$/.test(name))
  const vectors: Record<string, string> = JSON.parse(readFileSync(fixture('car/generated/inline-vectors.json'), 'utf8'))
  const foreign = ['c640dd07', 'e1d7f87e', 'fe93cec1']
    .map((name) => foreignFixture(`car/generated/fuzz-FuzzReader-${name}.bin`))
    .filter((path) => path !== undefined)
  return [
    ...own.map((name) => readFileSync(fixture(`car/generated/${name}`))),
    ...Object.values(vectors).map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    ...foreign.map((path) => readFileSync(path)),
  ]
}

const write = (bytes: Uint8Array) => {
  writeFileSync(temporary('fuzz.car'), bytes)
  return temporary('fuzz.car')
}

describe('every reader of CARs', () => {
  it('survives the corpora and vectors as they are', async () => {
    for (const seed of seeds()) await readEveryWay(seed, write)
  })

  it(`survives ${ROUNDS} damaged files`, { timeout: 120_000 }, async () => {
    const all = seeds()
    const random = new Random(20261122)
    const memoryBefore = process.memoryUsage().rss
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(random.pick(all), all, random)
      await readEveryWay(bytes, write).catch((error: unknown) => {
        throw new Error(`round ${round}: ${Buffer.from(bytes).toString('hex')}`, { cause: error })
      })
    }
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(400 * 1024 * 1024)
  })
})
