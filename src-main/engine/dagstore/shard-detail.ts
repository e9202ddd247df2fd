import type { ShardDetail } from '../../../src-shared/contract/index.ts'
import { EngineError } from '../base/index.ts'
import { indexCodecName } from '../car/index.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { Shard } from './shard.ts'
import { sizeOf } from './transients/transient-folder.ts'

/** Everything that is known of one shard. Sources that do not answer are shown as absent. */
export async function shardDetail(
  shard: Shard,
  repo: IndexRepo,
  deals: string[],
  signal?: AbortSignal,
): Promise<ShardDetail> {
  const [copies, facts] = await Promise.all([copiesOf(shard, repo, signal), indexFacts(shard.key, repo)])
  return {
    ...shard.view,
    ...facts,
    attempts: (shard.history ?? []).map(({ at, op, state, error }) => ({ at, op, state, error })),
    copies,
    deals,
  }
}

async function indexFacts(
  key: string,
  repo: IndexRepo,
): Promise<{ blockCount: number | null; indexCodec: string | null }> {
  try {
    const index = await repo.get(key)
    const facts = { blockCount: index.recordCount, indexCodec: indexCodecName(index.codec) }
    await index.close()
    return facts
  } catch (error) {
    if (EngineError.is(error)) return { blockCount: null, indexCodec: null }
    throw error
  }
}

async function copiesOf(shard: Shard, repo: IndexRepo, signal?: AbortSignal): Promise<ShardDetail['copies']> {
  const { mount, transientPath } = shard.upgrader
  const [source, index, transientBytes] = await Promise.all([
    mount.stat({ signal }).catch(() => ({ exists: false, sizeBytes: null, path: null })),
    repo.stat(shard.key),
    transientPath === '' ? null : sizeOf(transientPath),
  ])
  const copies: ShardDetail['copies'] = [
    { kind: 'piece', path: source.path ?? mount.url(), sizeBytes: source.sizeBytes, exists: source.exists },
  ]
  if (transientPath !== '')
    copies.push({ kind: 'transient', path: transientPath, sizeBytes: transientBytes, exists: transientBytes !== null })
  if (index !== null)
    copies.push({
      kind: 'index',
      path: index.path ?? shard.key,
      sizeBytes: index.sizeBytes,
      exists: true,
    })
  return copies
}
