import { describe, expect, it } from 'vitest'
import type { MigrationShard, MigrationSummary } from '../../../src-shared/contract/index.ts'
import type { Client } from '../../client/index.ts'
import { afterEvent, migrationWork, NO_WORK, run } from './migration-work.ts'

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

describe('a run of many shards', () => {
  it('changes the screen a few times, however many events there are, and ends with the report', async () => {
    const report = { registered: ['a'], unreadable: [], present: 0, failed: [], imported: [], importsFailed: [] }
    async function* events() {
      for (let current = 1; current <= 20_000; current++)
        yield { type: 'shard' as const, key: 'a', outcome: 'registered' as const, error: null, current, total: 20_000 }
      yield { type: 'done' as const, summary: SUMMARY, warnings: [], storagePaths: [], report }
    }
    let changes = 0
    const stopCounting = migrationWork.subscribe(() => changes++)
    const client = { migration: { run: async () => events() } } as unknown as Client
    await run(client, { lotusMiner: '/m', lotus: null })
    stopCounting()
    expect(changes).toBeLessThan(200)
    expect(migrationWork.getState()).toMatchObject({
      ...{ phase: 'done', report, handled: { current: 20_000, total: 20_000 } },
    })
  })
})
