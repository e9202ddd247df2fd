import { describe, expect, it } from 'vitest'
import type { MigrationDeal, MigrationReport, MigrationShard } from '../../../src-shared/contract/index.ts'
import { dealRows, importRows, shardRows } from './outcomes.ts'

const shard = (key: string, action: MigrationShard['action']): MigrationShard => ({
  key,
  action,
  reason: null,
  pieceState: action === 'register' ? 'unsealed' : null,
})
const SHARDS = [shard('a', 'register'), shard('b', 'register'), shard('c', 'skip')]
const REPORT: MigrationReport = {
  registered: ['a'],
  unreadable: [],
  present: 0,
  failed: [{ key: 'b', error: 'no room' }],
  imported: [],
  importsFailed: [],
}

describe('the items of a migration', () => {
  it('say what will happen before the run, and what happened after it', () => {
    expect(shardRows(SHARDS, null).map(({ outcome }) => outcome)).toEqual(['register', 'register', 'skip'])
    const after = shardRows(SHARDS, REPORT)
    expect(after.map(({ outcome }) => outcome)).toEqual(['registered', 'failed', 'skip'])
    expect(after[1]?.reason).toBe('no room')
  })

  it('say of shards and of the deals on them that they cannot be read yet, before and after', () => {
    const sealed: MigrationShard = { ...shard('a', 'register'), pieceState: 'sealed-only', reason: 'it is sealed' }
    const deal = (pieceCid: string, eligible: boolean): MigrationDeal => ({
      ...{
        proposalCid: `of ${pieceCid}`,
        pieceCid,
        state: 7,
        stateName: 'StorageDealActive',
        dealId: '1',
        pieceSize: 128,
      },
      ...{ eligible, reason: eligible ? null : 'it has expired' },
    })
    const deals = [deal('a', true), deal('b', true), deal('c', false), deal('a', false)]
    const told = (report: MigrationReport | null) =>
      dealRows(deals, shardRows([sealed, ...SHARDS.slice(1)], report)).map(({ outcome, unreadable, reason }) => [
        ...[outcome, unreadable, reason],
      ])
    expect(told(null)).toEqual([
      ['register', true, 'it is sealed'],
      ['register', false, null],
      ['skip', false, 'it has expired'],
      ['skip', false, 'it has expired'],
    ])
    expect(told(REPORT).slice(0, 2)).toEqual([
      ['registered', true, 'it is sealed'],
      ['failed', false, 'no room'],
    ])
  })

  it('tell apart why an import is not taken over', () => {
    const row = { id: '1', root: null, source: '/a', carPath: null, reason: null, present: false }
    const imports = [
      { ...row, verdict: 'good' as const, action: 'take-over' as const },
      { ...row, verdict: 'legacy' as const, action: 'skip' as const },
      { ...row, verdict: 'legacy' as const, action: 'import-again' as const },
      { ...row, verdict: 'good' as const, action: 'present' as const, present: true },
    ]
    expect(importRows(imports, null).map(({ outcome }) => outcome)).toEqual(['take', 'legacy', 'again', 'present'])
  })
})
