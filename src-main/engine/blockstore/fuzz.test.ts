import { describe, it } from 'vitest'
import { carSeeds } from '../testing/car-seeds.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { damage, survive } from './testing/fuzz-stores.ts'

const ROUNDS = 500
const SMALL_BYTES = 20_000

const temporary = temporaryFolder('fuzz-stores')

describe('every store over CARs', () => {
  it('survives all fixtures, corpora and vectors as they are', { timeout: 120_000 }, async () => {
    for (const { name, bytes } of carSeeds()) await survive(name, bytes, temporary(`${Math.random()}.car`))
  })

  it(`survives ${ROUNDS} damaged files: gives no wrong bytes, and loses nothing by going on`, {
    timeout: 240_000,
  }, async () => {
    const next = await damage(
      carSeeds().filter(({ bytes }) => bytes.length <= SMALL_BYTES),
      20261122,
    )
    for (let round = 0; round < ROUNDS; round++) {
      const { name, bytes } = next()
      await survive(`round ${round} of ${name}`, bytes, temporary(`${round}.car`))
    }
  })
})
