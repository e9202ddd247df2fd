import { describe, expect, it } from 'vitest'
import type { MigrationReport, MigrationShard } from '../../../src-shared/contract/index.ts'
import { importRows, shardRows } from './outcomes.ts'

const shard = (key: string, action: MigrationShard['action']): MigrationShard => ({
  key,
  action,
  reason: null,
  pieceState: null,
})
const SHARDS = [shard('a', 'register'), shard('b', 'register'), shard('c', 'skip')]
const REPORT: MigrationReport = {
  registered: ['a'],
  present: 0,
  failed: [{ key: 'b', error: 'no room' }],
  imported: [],
  importsFailed: [],
}

describe('the items of a migration', () => {
  it('say what will happen before the run, and what happened after it', () => {
    const told = { shards: SHARDS, imports: [], report: null }
    expect(shardRows(told).map(({ outcome }) => outcome)).toEqual(['register', 'register', 'skip'])
    const after = shardRows({ ...told, report: REPORT })
    expect(after.map(({ outcome }) => outcome)).toEqual(['registered', 'failed', 'skip'])
    expect(after[1]?.reason).toBe('no room')
  })

  it('tell apart why an import is not taken over', () => {
    const row = { id: '1', root: null, source: '/a', carPath: null, reason: null, present: false }
    const imports = [
      { ...row, verdict: 'good' as const, action: 'take-over' as const },
      { ...row, verdict: 'legacy' as const, action: 'skip' as const },
      { ...row, verdict: 'legacy' as const, action: 'import-again' as const },
      { ...row, verdict: 'good' as const, action: 'present' as const, present: true },
    ]
    expect(importRows({ shards: [], imports, report: null }).map(({ outcome }) => outcome)).toEqual([
      'take',
      'legacy',
      'again',
      'present',
    ])
  })
})
