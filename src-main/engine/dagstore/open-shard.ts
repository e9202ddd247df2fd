import type { FileReader } from '../base/index.ts'
import { openReadOnlyBlockstore } from '../blockstore/index.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { OpenedShard } from './open-shards.ts'
import type { Shard } from './shard.ts'

/** Joins the CAR behind a shard's mount and its detached index into a blockstore. Neither is loaded. */
export async function openShard(shard: Shard, repo: IndexRepo, signal: AbortSignal): Promise<OpenedShard> {
  const index = await repo.get(shard.key)
  try {
    const reader = await shard.upgrader.open({ signal })
    try {
      const blockstore = await openReadOnlyBlockstore(reader, { index, zeroLengthSectionAsEnd: true, signal })
      shard.sizeBytes = reader.size
      shard.indexBytes = index.byteLength
      const { path, mtimeMs } = reader as Partial<FileReader>
      return {
        blockstore,
        index,
        file: path === undefined || mtimeMs === undefined ? null : { path, sizeBytes: reader.size, mtimeMs },
        async close() {
          await blockstore.close()
          await index.close()
        },
      }
    } catch (error) {
      await reader.close()
      throw error
    }
  } catch (error) {
    await index.close()
    throw error
  }
}
