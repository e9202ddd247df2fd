import { describe, expect, it } from 'vitest'
import type { MigrationShard, MigrationSummary } from '../../../src-shared/contract/index.ts'
import { afterEvent, NO_WORK } from './migration-work.ts'

const shard = (key: string): MigrationShard => ({ key, action: 'register', reason: null, pieceState: 'unsealed' })

const SUMMARY: MigrationSummary = {
  deals: { total: 1, eligible: 1 },
  shards: { register: 1, unreadable: 0, present: 0, skip: 0, fail: 0 },
  imports: { takeOver: 0, importAgain: 0, present: 0, skip: 0 },
}

describe('a migration as it is told', () => {
  it('adds up the parts of the plan', () => {
    const rows = (key: string) => ({ type: 'rows' as const, shards: [shard(key)], deals: [], imports: [] })
    const work = afterEvent(afterEvent(NO_WORK, rows('a')), rows('b'))
    expect(work.shards.map(({ key }) => key)).toEqual(['a', 'b'])
  })

  it('is planned without a report, and done with one', () => {
    const done = { type: 'done' as const, summary: SUMMARY, warnings: ['one'], storagePaths: ['/sectors'] }
    expect(afterEvent(NO_WORK, done)).toMatchObject({ phase: 'planned', warnings: ['one'], report: null })
    const report = { registered: ['a'], unreadable: [], present: 1, failed: [], imported: [], importsFailed: [] }
    expect(afterEvent(NO_WORK, { ...done, report })).toMatchObject({ phase: 'done', report })
  })

  it('counts what the run is done with', () => {
    const event = { type: 'shard' as const, key: 'a', outcome: 'failed' as const, error: 'no', current: 3, total: 9 }
    expect(afterEvent(NO_WORK, event).handled).toEqual({ current: 3, total: 9 })
  })
})
