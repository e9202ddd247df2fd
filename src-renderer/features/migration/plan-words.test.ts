import { describe, expect, it } from 'vitest'
import type { MigrationImport, MigrationShard } from '../../../src-shared/contract/index.ts'
import { hasWork, planSentence } from './plan-words.ts'

const shard = (action: MigrationShard['action']): MigrationShard => ({
  key: action,
  action,
  reason: null,
  pieceState: null,
})
const taken = (verdict: MigrationImport['verdict'], action: MigrationImport['action']): MigrationImport => ({
  id: '1',
  root: null,
  source: '/a',
  carPath: null,
  verdict,
  action,
  reason: null,
  present: action === 'present',
})

describe('the plan in a sentence', () => {
  it('says what happens first, then what does not', () => {
    const plan = {
      shards: [shard('register'), shard('register'), shard('present'), shard('skip')],
      imports: [
        taken('good', 'take-over'),
        taken('legacy', 'import-again'),
        taken('legacy', 'skip'),
        taken('good', 'present'),
      ],
    }
    expect(planSentence(plan)).toBe(
      '2 shards will be registered, 1 import will be taken over and 1 import will be imported again. 2 are there already, 2 are left out.',
    )
    expect(hasWork(plan)).toBe(true)
  })

  it('says when there is nothing to do', () => {
    const plan = { shards: [shard('present')], imports: [] }
    expect(planSentence(plan)).toBe('There is nothing to take over. 1 is there already.')
    expect(hasWork(plan)).toBe(false)
    expect(planSentence({ shards: [], imports: [] })).toBe('There is nothing to take over.')
  })
})
