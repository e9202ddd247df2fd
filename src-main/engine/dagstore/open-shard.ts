import { EngineError } from '../base/index.ts'
import { openReadOnlyBlockstore } from '../blockstore/index.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { OpenedShard } from './open-shards.ts'
import type { Shard } from './shard.ts'
import type { SourceVersions } from './source-versions.ts'

/**
 * Joins the CAR behind a shard's mount and its detached index into a blockstore. Neither is loaded. INDEX_INVALID when
 * the source has changed since it was indexed.
 */
export async function openShard(
  shard: Shard,
  { repo, versions }: { repo: IndexRepo; versions: SourceVersions },
  signal: AbortSignal,
): Promise<OpenedShard> {
  const index = await repo.get(shard.key)
  try {
    const reader = await shard.upgrader.open({ signal })
    try {
      await requireIndexedVersion(shard, reader.version, versions)
      const blockstore = await openReadOnlyBlockstore(reader, { index, zeroLengthSectionAsEnd: true, signal })
      shard.sizeBytes = reader.size
      shard.indexBytes = index.byteLength
      return {
        blockstore,
        index,
        file: reader.backing ?? null,
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

async function requireIndexedVersion(
  { key, upgrader }: Shard,
  version: string | undefined,
  versions: SourceVersions,
): Promise<void> {
  const indexed = version === undefined ? undefined : await versions.of(key)
  if (indexed === undefined || indexed === version) return
  throw new EngineError('INDEX_INVALID', `${upgrader.mount.url()} has changed since shard ${key} was indexed.`, {
    details: { key },
  })
}
