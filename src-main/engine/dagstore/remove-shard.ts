import { EngineError } from '../base/index.ts'
import type { PreparePorts } from './prepare-shard.ts'
import type { RecordWriter } from './records/record-writer.ts'
import type { Shard } from './shard.ts'

/**
 * Removes everything of a shard that takes no events any more. The record goes first: what a crash leaves behind then
 * belongs to no shard, and is cleared away at the next start.
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
    await shard.upgrader.discard()
  } catch (error) {
    ports.log.warn('files of a destroyed shard remain', { shard: key, error: EngineError.from(error).message })
  }
}
