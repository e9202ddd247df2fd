import { EngineError } from '../base/index.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { PreparePorts } from './prepare-shard.ts'
import type { RecordWriter } from './records/record-writer.ts'
import type { ShardRecords } from './records/shard-records.ts'
import type { Shard } from './shard.ts'
import type { ShardHistory } from './shard-history.ts'
import type { SourceVersions } from './source-versions.ts'

/**
 * Removes everything of a shard that takes no events any more. The record goes first, with a note of what is to follow:
 * what a crash leaves behind is cleared away at the next start.
 */
export async function removeShard(shard: Shard, ports: PreparePorts & { writer: RecordWriter }): Promise<void> {
  const { key } = shard
  await shard.work?.ended
  await ports.step(key, 'delete-record')
  await ports.writer.write({ remove: key })
  try {
    await ports.step(key, 'remove-postings')
    const index = await ports.repo.get(key).catch(() => null)
    try {
      await ports.lookups.remove(key, index)
    } finally {
      await index?.close()
    }
    await ports.step(key, 'delete-index')
    await ports.repo.delete(key)
    await ports.versions.forget(key)
    await shard.upgrader.remove()
    await ports.step(key, 'end-removal')
    await ports.writer.write({ removed: key })
  } catch (error) {
    ports.log.warn('files of a destroyed shard remain', { shard: key, error: EngineError.from(error).message })
  }
}

/** Ends the removals that were interrupted, of shards that do not exist. */
export async function endRemovals(
  shards: { has(key: string): boolean },
  ports: {
    records: ShardRecords
    repo: IndexRepo
    versions: SourceVersions
    history: Pick<ShardHistory, 'forget'>
    writer: RecordWriter
  },
): Promise<void> {
  for await (const key of ports.records.unfinishedRemovals()) {
    if (!shards.has(key)) {
      ports.history.forget(key)
      await Promise.all([ports.repo.delete(key), ports.versions.forget(key)])
    }
    await ports.writer.write({ removed: key })
  }
}
