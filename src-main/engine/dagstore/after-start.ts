import { EngineError } from '../base/index.ts'
import type { BulkWork } from './bulk-work.ts'
import type { Unfinished } from './load-shards.ts'
import { enterPostings, isIndexLost, type PreparePorts } from './prepare-shard.ts'
import type { Shard } from './shard.ts'

export interface AfterStartPorts extends PreparePorts {
  bulk: BulkWork
  /** Begins what a restart left to be done, and resolves when it has ended, well or not. */
  goOn(unfinished: Unfinished): Promise<void>
  /** Says that the index of a shard cannot be used. */
  loseIndex(shard: Shard, error: EngineError): Promise<void>
  changed(shard: Shard): void
}

export interface StartedWith {
  shards: ReadonlyMap<string, Shard>
  unfinished: Unfinished[]
}

const AT_ONCE = 16
const CHECKS_AT_ONCE = 4

/**
 * What a start leaves for later, so that shards can be acquired at once: interrupted work is gone on with, every index
 * is looked at, and what the inverted index lacks is entered.
 */
export async function afterStart(started: StartedWith, ports: AfterStartPorts): Promise<void> {
  await ports.bulk.forEach(started.unfinished, AT_ONCE, (unfinished) => ports.goOn(unfinished))
  await ports.bulk.forEach(started.shards.values(), CHECKS_AT_ONCE, (shard, signal) => check(shard, ports, signal))
  await ports.bulk.mayGoOn()
  const { removed } = await ports.lookups.purge(ports.bulk.signal)
  if (removed > 0) ports.log.info('removed postings of shards that are gone', { removed })
}

/** Opens the index, which checks its structure, and enters its postings where they are missing. */
async function check(shard: Shard, ports: AfterStartPorts, signal: AbortSignal): Promise<void> {
  if (shard.facts.state !== 'Available') return
  try {
    const index = await ports.repo.get(shard.key)
    shard.indexBytes ??= index.byteLength
    if (await ports.lookups.has(shard.key)) {
      shard.sizeBytes ??= await ports.lookups.sizeOf(shard.key)
      await index.close()
    } else {
      await enterPostings(shard, index, ports, signal)
    }
    ports.changed(shard)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (isIndexLost(error)) await ports.loseIndex(shard, error)
  }
}
