import type { MigrationImport, MigrationShard } from '../../../src-shared/contract/index.ts'
import type { MigrationWork } from './migration-work.ts'

/** A shard of the plan with what happens to it, or what happened once there is a report. */
export interface ShardRow extends MigrationShard {
  outcome: 'register' | 'registered' | 'failed' | 'present' | 'skip'
}

export interface ImportRow extends MigrationImport {
  outcome: 'take' | 'again' | 'taken' | 'failed' | 'present' | 'broken' | 'legacy'
}

type Told = Pick<MigrationWork, 'shards' | 'imports' | 'report'>

export function shardRows({ shards, report }: Told): ShardRow[] {
  const registered = new Set(report?.registered)
  const failed = new Map(report?.failed.map(({ key, error }) => [key, error]))
  return shards.map((shard) => {
    const error = failed.get(shard.key)
    if (error !== undefined) return { ...shard, outcome: 'failed', reason: error }
    return { ...shard, outcome: registered.has(shard.key) ? 'registered' : shard.action }
  })
}

export function importRows({ imports, report }: Told): ImportRow[] {
  const taken = new Set(report?.imported)
  const failed = new Map(report?.importsFailed.map(({ key, error }) => [key, error]))
  return imports.map((row) => {
    const error = failed.get(row.id)
    if (error !== undefined) return { ...row, outcome: 'failed', reason: error }
    if (taken.has(row.id)) return { ...row, outcome: 'taken' }
    if (row.present) return { ...row, outcome: 'present' }
    if (row.action === 'import-again') return { ...row, outcome: 'again' }
    return { ...row, outcome: row.verdict === 'good' ? 'take' : row.verdict }
  })
}
