import { writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesOf, carSeeds } from '../testing/car-seeds.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { AllocationMeter } from './testing/allocation-meter.ts'
import { mutate, Random, readEveryWay, seedOf } from './testing/fuzz-target.ts'

const ROUNDS = 1500
/** A file that is larger is damaged less often, since reading it in every way takes as long as reading many small ones. */
const SMALL_BYTES = 20_000
/** The largest piece of memory that any reader may ask for: the read-ahead of 4 MiB and the header of an index, not what a length claims. */
const MOST_AT_ONCE_BYTES = 9 * 1024 * 1024
/** What all readers together may ask for, for one input. */
const MOST_BYTES = 400 * 1024 * 1024
const MOST_MS = 10_000

const temporary = temporaryFolder('fuzz')
const write = (bytes: Uint8Array) => {
  writeFileSync(temporary('fuzz.car'), bytes)
  return temporary('fuzz.car')
}

const meter = new AllocationMeter()
afterEach(() => meter.stop())

/** Reads one input in every way, within bounds of time and memory. */
async function expectSurvives(name: string, bytes: Uint8Array): Promise<void> {
  const startedAt = performance.now()
  meter.start()
  await readEveryWay(bytes, write).finally(() => meter.stop())
  expect(meter.largestBytes, name).toBeLessThanOrEqual(MOST_AT_ONCE_BYTES)
  expect(meter.totalBytes, name).toBeLessThanOrEqual(MOST_BYTES)
  expect(performance.now() - startedAt, name).toBeLessThan(MOST_MS)
}

describe('every reader of CARs', () => {
  it('survives all fixtures, corpora and vectors as they are', { timeout: 120_000 }, async () => {
    for (const { name, bytes } of carSeeds()) await expectSurvives(name, bytes)
  })

  it(`survives ${ROUNDS} damaged files, without asking for memory that a length only claims`, {
    timeout: 240_000,
  }, async () => {
    const all = await Promise.all(carSeeds().map(({ name, bytes }) => seedOf(name, bytes)))
    const small = all.filter(({ bytes }) => bytes.length <= SMALL_BYTES)
    const random = new Random(20261122)
    for (let round = 0; round < ROUNDS; round++) {
      const seed = random.pick(random.below(30) === 0 ? all : small)
      const bytes = mutate(seed, all, random)
      await expectSurvives(`round ${round} of ${seed.name}`, bytes).catch((error: unknown) => {
        writeFileSync('fuzz-failure.car', bytes)
        throw error
      })
    }
  })

  it('is measured by a meter that sees claims', () => {
    meter.start()
    const made = [new Uint8Array(5000), Buffer.alloc(70), new Float64Array(1000), Uint8Array.from([1, 2])]
    meter.stop()
    expect(made).toHaveLength(4)
    expect(meter).toMatchObject({ largestBytes: 8000, totalBytes: 5000 + 70 + 8000 + 2 })
  })
})

describe('an entry of a corpus of Go', () => {
  it('is read as Go reads it', () => {
    const text = 'go test fuzz v1\n[]byte("\\x0a\\xa1gversion\\x02\\n\\"\\\\")\n'
    expect(Buffer.from(bytesOf(Buffer.from(text))).toString('latin1')).toBe('\n\xa1gversion\x02\n"\\')
  })
})
