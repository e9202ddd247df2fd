import type { ShardAudit } from '../../../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions, type TaskRunner } from '../../base/index.ts'
import type { IndexRepo } from '../index-repo/index-repo.ts'
import { isIndexLost } from '../prepare-shard.ts'
import type { Shard } from '../shard.ts'
import { auditIndex, auditIndexTask, type IndexFindings } from './audit-index.ts'
import { auditOf, auditOfLostIndex } from './audit-words.ts'

/**
 * Says whether the index of a shard fits its piece. The shard is not acquired: an index that is missing or broken would
 * be made anew by that, and the audit would not see it. Fails only where the piece cannot be opened, and when cancelled.
 */
export async function auditShard(
  shard: Shard,
  { repo, tasks }: { repo: IndexRepo; tasks: TaskRunner },
  options: LongWorkOptions = {},
): Promise<ShardAudit> {
  try {
    return auditOf(shard.key, await findingsOf(shard, await indexPathOf(shard, repo), tasks, options))
  } catch (error) {
    if (!isIndexLost(error)) throw error
    return auditOfLostIndex(shard.key, EngineError.from(error))
  }
}

async function indexPathOf({ key }: Shard, repo: IndexRepo): Promise<string> {
  const found = await repo.stat(key)
  if (found === null) throw new EngineError('INDEX_MISSING', `The shard ${key} has no index.`, { details: { key } })
  if (found.path !== null) return found.path
  throw new EngineError('UNSUPPORTED', 'An index that is not kept in a file cannot be audited.', { details: { key } })
}

async function findingsOf(
  shard: Shard,
  indexPath: string,
  tasks: TaskRunner,
  { signal, onProgress }: LongWorkOptions,
): Promise<IndexFindings> {
  onProgress?.({ phase: 'Opening the piece', doneBytes: 0, totalBytes: null })
  const car = await shard.upgrader.open({ signal })
  try {
    const { path, size } = car
    if (path === undefined) return await auditIndex(car, indexPath, { signal, onProgress })
    const report = (doneBytes: number) => onProgress?.({ phase: 'Reading the piece', doneBytes, totalBytes: size })
    return await tasks.run(auditIndexTask, { carPath: path, indexPath }, { signal, onProgress: report })
  } finally {
    await car.close()
  }
}
