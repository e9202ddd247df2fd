import type {
  MigrationDeal,
  MigrationImport,
  MigrationShard,
  MigrationSummary,
} from '../../../src-shared/contract/index.ts'

/** A plan in numbers: what will happen to how many. */
export function summaryOf(
  deals: readonly MigrationDeal[],
  shards: readonly MigrationShard[],
  imports: ReadonlyArray<{ view: MigrationImport }>,
): MigrationSummary {
  const summary: MigrationSummary = {
    deals: { total: deals.length, eligible: 0 },
    shards: { register: 0, unreadable: 0, present: 0, skip: 0, fail: 0 },
    imports: { takeOver: 0, importAgain: 0, present: 0, skip: 0 },
  }
  for (const { eligible } of deals) if (eligible) summary.deals.eligible++
  for (const shard of shards) {
    summary.shards[shard.action]++
    if (isUnreadable(shard)) summary.shards.unreadable++
  }
  for (const { view } of imports) summary.imports[IMPORT_COUNTS[view.action]]++
  return summary
}

/** Whether it will be a shard that cannot be read yet. */
export function isUnreadable({ action, pieceState }: MigrationShard): boolean {
  return action === 'register' && pieceState !== 'unsealed'
}

const IMPORT_COUNTS = {
  'take-over': 'takeOver',
  'import-again': 'importAgain',
  present: 'present',
  skip: 'skip',
} as const
