import type { MigrationDeal, MigrationImport, MigrationShard } from '../../../src-shared/contract/index.ts'
import type { MigrationWork } from './migration-work.ts'

/** A shard of the plan with what happens to it, or what happened once there is a report. */
export interface ShardRow extends MigrationShard {
  outcome: 'register' | 'registered' | 'fail' | 'failed' | 'present' | 'skip'
  /** It is or will be a shard that cannot be read yet; `reason` says why. */
  unreadable: boolean
}

export interface DealRow extends MigrationDeal {
  /** What happens to its piece; `skip` where the deal is not eligible. */
  outcome: ShardRow['outcome']
  unreadable: boolean
}

export interface ImportRow extends MigrationImport {
  outcome: 'take' | 'again' | 'taken' | 'failed' | 'present' | 'broken' | 'legacy'
}

type Report = MigrationWork['report']

export function shardRows(shards: MigrationWork['shards'], report: Report): ShardRow[] {
  const registered = new Set(report?.registered)
  const failed = new Map(report?.failed.map(({ key, error }) => [key, error]))
  return shards.map((shard) => {
    const error = failed.get(shard.key)
    if (error !== undefined) return { ...shard, outcome: 'failed', reason: error, unreadable: false }
    const outcome = registered.has(shard.key) ? 'registered' : shard.action
    return { ...shard, outcome, unreadable: shard.action === 'register' && shard.pieceState !== 'unsealed' }
  })
}

/** An eligible deal fares as its piece does. */
export function dealRows(deals: MigrationWork['deals'], shards: readonly ShardRow[]): DealRow[] {
  const byKey = new Map(shards.map((shard) => [shard.key, shard]))
  return deals.map((deal) => {
    const shard = deal.eligible ? byKey.get(deal.pieceCid) : undefined
    if (shard === undefined) return { ...deal, outcome: 'skip', unreadable: false }
    return { ...deal, outcome: shard.outcome, unreadable: shard.unreadable, reason: shard.reason }
  })
}

export function importRows(imports: MigrationWork['imports'], report: Report): ImportRow[] {
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
