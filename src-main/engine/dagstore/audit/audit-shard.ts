import type { ShardAudit } from '../../../../src-shared/contract/index.ts'
import { EngineError, FileReader, type LongWorkOptions, type TaskRunner, throwIfAborted } from '../../base/index.ts'
import { readIndexTable } from '../../car/index.ts'
import { askSource } from '../bulk/judge-shard.ts'
import type { IndexRepo } from '../index-repo/index-repo.ts'
import { localSourceOf } from '../local-source.ts'
import type { MountReader } from '../mount/mount.ts'
import { isIndexLost } from '../prepare-shard.ts'
import type { Shard } from '../shard.ts'
import { auditIndex, auditIndexTask, type IndexFindings } from './audit-index.ts'
import { auditOf, auditOfIndexAlone, auditOfLostIndex } from './audit-words.ts'

export interface AuditShardOptions extends LongWorkOptions {
  /** Hash the blocks also where all of them must be fetched for that. Of a piece in a file they are hashed in any case. */
  full?: boolean
}

/**
 * Says whether the index of a shard fits its piece. The shard is not acquired: an index that is missing or broken would
 * be made anew by that, and the audit would not see it. Where the piece cannot be read, only the index itself is.
 */
export async function auditShard(
  shard: Shard,
  { repo, tasks }: { repo: IndexRepo; tasks: TaskRunner },
  options: AuditShardOptions = {},
): Promise<ShardAudit> {
  const { key } = shard
  try {
    const indexPath = await indexPathOf(shard, repo)
    const piece = await openPiece(shard, options)
    if ('reason' in piece) return auditOfIndexAlone(key, await tableOf(indexPath, options.signal), piece.reason)
    try {
      return auditOf(key, await findingsOf(piece, indexPath, tasks, options), shard.upgrader.transientPath === '')
    } finally {
      await piece.close()
    }
  } catch (error) {
    if (!isIndexLost(error)) throw error
    return auditOfLostIndex(key, EngineError.from(error))
  }
}

async function indexPathOf({ key }: Shard, repo: IndexRepo): Promise<string> {
  const found = await repo.stat(key)
  if (found === null) throw new EngineError('INDEX_MISSING', `The shard ${key} has no index.`, { details: { key } })
  if (found.path !== null) return found.path
  throw new EngineError('UNSUPPORTED', 'An index that is not kept in a file cannot be audited.', { details: { key } })
}

/** The piece, or why it cannot be read, as a sentence. */
async function openPiece(
  { upgrader }: Shard,
  { signal, onProgress }: LongWorkOptions,
): Promise<MountReader | { reason: string }> {
  onProgress?.({ phase: 'Opening the piece', doneBytes: 0, totalBytes: null })
  if (upgrader.transientPath === '') {
    const { objection } = await askSource(upgrader, signal)
    if (objection !== null) return { reason: objection }
  }
  try {
    return await upgrader.open({ signal })
  } catch (thrown) {
    throwIfAborted(signal)
    return { reason: EngineError.from(thrown).message }
  }
}

async function tableOf(indexPath: string, signal: AbortSignal | undefined) {
  const index = FileReader.open(indexPath)
  try {
    return await readIndexTable(index, 0, index.size, signal)
  } finally {
    await index.close()
  }
}

async function findingsOf(
  piece: MountReader,
  indexPath: string,
  tasks: TaskRunner,
  { full = false, signal, onProgress }: AuditShardOptions,
): Promise<IndexFindings> {
  const source = localSourceOf(piece)
  if (source === null) return auditIndex(piece, indexPath, { signal, onProgress, ...(full && { tasks }) })
  const report = (doneBytes: number) => onProgress?.({ phase: 'Reading the piece', doneBytes, totalBytes: piece.size })
  return tasks.run(auditIndexTask, { source, indexPath }, { signal, onProgress: report })
}
