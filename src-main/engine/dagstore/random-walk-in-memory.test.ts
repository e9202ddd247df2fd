import { afterEach, beforeEach, expect, it } from 'vitest'
import { MemoryStore } from '../store/index.ts'
import { MemoryIndexRepo } from './index-repo/memory-index-repo.ts'
import { MemoryInvertedIndex } from './inverted-index/memory-inverted-index.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { RandomWalk } from './test-kit/random-walk.ts'

/** CARPORT_WALK_STEPS and CARPORT_WALK_SEED make it longer, or another. */
const STEPS = Number(process.env.CARPORT_WALK_STEPS ?? 1_000_000)
const SEED = Number(process.env.CARPORT_WALK_SEED ?? 20_210_824)

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

it(`agrees with its model after each of ${STEPS} random steps`, async () => {
  const store = new MemoryStore()
  const indexes = new MemoryIndexRepo()
  const postings = new MemoryInvertedIndex()
  const config = { MaxRecoverAttempts: 0, RecoverOnStart: 'DoNotRecover', MaxIdleOpenShards: 3 }
  const walk = await RandomWalk.begin(
    {
      pieces: home.pieces,
      open: () => home.open({ store, adapters: { indexes, postings }, config }),
      loseIndex: async (key) => void (await indexes.delete(key)),
      restartsOneIn: 50,
    },
    SEED,
  )
  await walk.go(STEPS)
  expect(STEPS).toBeGreaterThan(0)
}, 3_600_000)
