import {
  EngineError,
  type Logger,
  MemoryReader,
  type TaskRunner,
  type Throttle,
  throwIfAborted,
} from '../base/index.ts'
import { type CarIndex, openCarIndex } from '../car/index.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import { type IndexedShard, indexShard, indexShardTask } from './index-shard.ts'
import type { ShardLookups } from './inverted-index/shard-lookups.ts'
import { localSourceOf } from './local-source.ts'
import type { Shard } from './shard.ts'
import type { Preparation } from './shard-machine.ts'
import type { ShardStep } from './shard-step.ts'
import type { SourceVersions } from './source-versions.ts'

/** CARs that a worker indexes in about a millisecond. */
const BRIEF_BYTES = 256 * 1024

export interface PreparePorts {
  repo: IndexRepo
  lookups: ShardLookups
  versions: SourceVersions
  tasks: TaskRunner
  /** Shards indexed at once. */
  indexing: Throttle
  log: Logger
  step(key: string, name: ShardStep['name']): Promise<void> | void
}

/**
 * Fetches and indexes a shard and enters it into the inverted index. With `resume` an index that is there already is
 * taken over, and nothing is fetched.
 */
export async function prepareShard(
  shard: Shard,
  how: Preparation,
  ports: PreparePorts,
  signal: AbortSignal,
): Promise<void> {
  if (how === 'resume' && (await takeOverIndex(shard, ports, signal))) return
  if (how === 'anew') await shard.upgrader.discard()
  throwIfAborted(signal)
  await shard.upgrader.ensureFetched({ signal })
  const before = (await ports.lookups.has(shard.key)) ? await ports.repo.fingerprint(shard.key) : null
  const replaced = before === null ? null : await replacedIndex(shard, ports)
  try {
    if (before !== null) await ports.lookups.leave(shard.key)
    const content = await ports.indexing.run(() => generateIndex(shard, ports, signal), signal)
    if (before !== null && before === (await ports.repo.fingerprint(shard.key))) return ports.lookups.stay(shard.key)
    const index = content === null ? await ports.repo.get(shard.key) : await openCarIndex(new MemoryReader(content))
    await enterPostings(shard, index, ports, signal, replaced)
  } finally {
    await replaced?.close()
  }
}

/** Still readable when there is another: only the rows of Go's need to know what stood in it. */
async function replacedIndex(shard: Shard, { lookups, repo }: PreparePorts): Promise<CarIndex | null> {
  if (!(await lookups.keepsGoRows())) return null
  return repo.get(shard.key).catch(() => null)
}

async function takeOverIndex(shard: Shard, ports: PreparePorts, signal: AbortSignal): Promise<boolean> {
  let index: CarIndex
  try {
    index = await ports.repo.get(shard.key)
  } catch (error) {
    if (!isIndexLost(error)) throw error
    return false
  }
  shard.indexBytes = index.byteLength
  if (await ports.lookups.has(shard.key)) await index.close()
  else await enterPostings(shard, index, ports, signal)
  return true
}

/** Gives the index where it is small. */
async function generateIndex(shard: Shard, ports: PreparePorts, signal: AbortSignal): Promise<IndexedShard['content']> {
  const reader = await shard.upgrader.open({ signal })
  const source = localSourceOf(reader)
  try {
    await ports.step(shard.key, 'write-index')
    const { bytes, content } = await ports.repo.put(shard.key, (outPath) =>
      source === null
        ? indexShard(reader, outPath, { signal })
        : ports.tasks.run(indexShardTask, { source, outPath }, { signal, brief: reader.size <= BRIEF_BYTES }),
    )
    if (reader.version !== undefined) await ports.versions.record(shard.key, reader.version)
    shard.sizeBytes = reader.size
    shard.indexBytes = bytes
    return content
  } finally {
    await reader.close()
  }
}

/** A shard that cannot be looked up can still be read: failures are logged, and made good at the next start. */
export async function enterPostings(
  shard: Shard,
  index: CarIndex,
  ports: PreparePorts,
  signal: AbortSignal,
  replaced: CarIndex | null = null,
): Promise<void> {
  try {
    await ports.step(shard.key, 'add-postings')
    await ports.lookups.add(shard.key, index, { signal, sizeBytes: shard.sizeBytes }, replaced)
  } catch (thrown) {
    throwIfAborted(signal)
    const error = EngineError.from(thrown)
    ports.log.warn('failed to add shard multihashes to the inverted index', { shard: shard.key, error: error.message })
  } finally {
    await index.close()
  }
}

export function isIndexLost(error: unknown): boolean {
  return EngineError.is(error, 'INDEX_MISSING') || EngineError.is(error, 'INDEX_INVALID')
}
