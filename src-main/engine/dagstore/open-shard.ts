import { EngineError, type RandomAccessReader } from '../base/index.ts'
import { openReadOnlyBlockstore, type ReadOnlyBlockstore } from '../blockstore/index.ts'
import { type CarIndex, readDamagedLayout } from '../car/index.ts'
import { cutOf } from './cut-car.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { ShardLookups } from './inverted-index/shard-lookups.ts'
import type { OpenedShard } from './open-shards.ts'
import type { Shard } from './shard.ts'
import type { SourceVersions } from './source-versions.ts'

/**
 * Joins the CAR behind a shard's mount and its detached index into a blockstore. Neither is loaded. INDEX_INVALID when
 * the source has changed since it was indexed. Of a CAR that was cut since then, what is left is opened.
 */
export async function openShard(
  shard: Shard,
  { repo, versions, lookups }: { repo: IndexRepo; versions: SourceVersions; lookups: ShardLookups },
  signal: AbortSignal,
): Promise<OpenedShard> {
  const index = await repo.get(shard.key)
  try {
    const reader = await shard.upgrader.open({ signal })
    try {
      await requireIndexedVersion(shard, reader.version, versions)
      const indexedBytes = await lookups.sizeOf(shard.key)
      const isShorter = indexedBytes !== null && reader.size < indexedBytes
      const blockstore = await openBlocks(reader, index, isShorter, signal)
      shard.sizeBytes = reader.size
      shard.indexBytes = index.byteLength
      if (!isShorter) shard.damage = null
      return {
        blockstore,
        index,
        cut: () => cutOf({ key: shard.key, reader, layout: blockstore.layout, index, indexedBytes }),
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

async function openBlocks(
  reader: RandomAccessReader,
  index: CarIndex,
  isShorter: boolean,
  signal: AbortSignal,
): Promise<ReadOnlyBlockstore> {
  const options = { index, zeroLengthSectionAsEnd: true, signal }
  try {
    return await openReadOnlyBlockstore(reader, options)
  } catch (error) {
    const layout = isShorter && EngineError.is(error, 'CAR_TRUNCATED') ? await readDamagedLayout(reader) : null
    if (layout === null) throw error
    return openReadOnlyBlockstore(reader, { ...options, layout })
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
