import { describe, expect, it } from 'vitest'
import type { MigrationSummary } from '../../../src-shared/contract/index.ts'
import { hasWork, planSentence } from './plan-words.ts'

const summary = (
  shards: Partial<MigrationSummary['shards']> = {},
  imports: Partial<MigrationSummary['imports']> = {},
): MigrationSummary => ({
  deals: { total: 0, eligible: 0 },
  shards: { register: 0, unreadable: 0, present: 0, skip: 0, fail: 0, ...shards },
  imports: { takeOver: 0, importAgain: 0, present: 0, skip: 0, ...imports },
})

describe('the plan in a sentence', () => {
  it('says what happens first, then what does not', () => {
    const plan = summary({ register: 2, present: 1, skip: 1 }, { takeOver: 1, importAgain: 1, skip: 1, present: 1 })
    expect(planSentence(plan)).toBe(
      '2 shards will be registered, 1 import will be taken over and 1 import will be imported again. 2 are there already, 2 are left out.',
    )
    expect(hasWork(plan)).toBe(true)
  })

  it('says how many of the shards cannot be read yet, and how many will fail', () => {
    expect(planSentence(summary({ register: 15, unreadable: 4 }))).toBe(
      '15 shards will be registered, 4 of which cannot be read yet.',
    )
    expect(planSentence(summary({ register: 15, unreadable: 4, fail: 1 }, { takeOver: 3 }))).toBe(
      '15 shards will be registered, 4 of which cannot be read yet, and 3 imports will be taken over. 1 will fail.',
    )
  })

  it('says when there is nothing to do', () => {
    expect(planSentence(summary({ present: 1 }))).toBe('There is nothing to take over. 1 is there already.')
    expect(hasWork(summary({ present: 1, fail: 1 }))).toBe(false)
    expect(planSentence(summary())).toBe('There is nothing to take over.')
  })
})
