import type { ShardCopy, ShardDetail } from '../../../src-shared/contract/index.ts'
import { EngineError, throwIfAborted } from '../base/index.ts'
import { indexCodecName } from '../car/index.ts'
import type { ShardLinks } from './dagstore-ports.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { Mount } from './mount/mount.ts'
import type { Shard } from './shard.ts'
import type { ShardHistory } from './shard-history.ts'
import { sizeOf } from './transients/transient-folder.ts'

/** Everything that is known of one shard. Sources that do not answer are shown as absent. */
export async function shardDetail(
  shard: Shard,
  { repo, history }: { repo: IndexRepo; history: Pick<ShardHistory, 'of'> },
  links: ShardLinks,
  signal?: AbortSignal,
): Promise<ShardDetail> {
  const [copies, facts, attempts] = await Promise.all([
    copiesOf(shard, repo, signal),
    indexFacts(shard.key, repo),
    history.of(shard.key),
  ])
  const sizeOfCopy = (kind: ShardCopy['kind']) => copies.find((copy) => copy.kind === kind)?.sizeBytes ?? null
  return {
    ...shard.view,
    // Right after a start the shard itself may not know yet.
    sizeBytes: shard.sizeBytes ?? sizeOfCopy('transient') ?? sizeOfCopy('piece'),
    indexBytes: shard.indexBytes ?? sizeOfCopy('index'),
    ...facts,
    waiting: shard.facts.parked,
    attempts,
    copies,
    deals: links.deals(shard.key),
    lotusDeals: [...links.lotusDeals(shard.key)],
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
  const { transientPath } = shard
  const { mount } = shard.upgrader
  const [source, index, transientBytes] = await Promise.all([
    sourceOf(mount, signal),
    repo.stat(shard.key),
    transientPath === '' ? null : sizeOf(transientPath),
  ])
  const copies: ShardDetail['copies'] = [{ kind: 'piece', path: source.path ?? mount.url(), ...source.copy }]
  if (transientPath !== '')
    copies.push({
      kind: 'transient',
      path: transientPath,
      sizeBytes: transientBytes,
      exists: transientBytes !== null,
      note: transientBytes === null ? 'It is gone; it is fetched again when it is needed.' : transientNote(shard),
    })
  if (index !== null)
    copies.push({
      kind: 'index',
      path: index.path ?? shard.key,
      sizeBytes: index.sizeBytes,
      exists: true,
      note: null,
    })
  return copies
}

function transientNote({ upgrader }: Shard): string | null {
  return upgrader.ownsTransient ? null : 'Not made by Carport, so it is never deleted.'
}

/** A source that does not answer is no reason not to show the rest. */
async function sourceOf(
  mount: Mount,
  signal: AbortSignal | undefined,
): Promise<{ path: string | null; copy: Pick<ShardCopy, 'sizeBytes' | 'exists' | 'note'> }> {
  try {
    const { exists, ready, sizeBytes, path } = await mount.stat({ signal })
    const note = !exists
      ? 'No source has it.'
      : ready
        ? null
        : 'Only a sealed copy exists: it has to be unsealed first.'
    return { path, copy: { sizeBytes, exists, note } }
  } catch (thrown) {
    throwIfAborted(signal)
    return { path: null, copy: { sizeBytes: null, exists: false, note: EngineError.from(thrown).message } }
  }
}
