import { EngineError } from '../base/index.ts'
import type { GcReport } from './dagstore-ports.ts'
import type { Shard } from './shard.ts'

export interface CollectOptions {
  /** Stop once so much is free; undefined: collect everything that can be collected. */
  enoughBytes?: number
  dryRun?: boolean
  /** Leave copies alone that were interrupted and can be gone on with. */
  keepsPartial?: boolean
  /** Called in front of each collection: what still has the file open lets go of it. */
  beforeEach(shard: Shard): void
  afterEach(shard: Shard): void
}

/** Whether the transient of a shard can go: nobody reads the shard, and nobody waits for it. */
export function isCollectable(shard: Shard): boolean {
  const { facts } = shard
  const idle = facts.state === 'Available' || facts.state === 'Errored'
  return idle && facts.readers === 0 && facts.parked === 0 && shard.hasCollectableTransient
}

/**
 * Removes transients that this program made and nothing reads, those not used for longest first. Runs beside
 * everything else: a shard that is acquired meanwhile is passed over, and one acquired afterwards is fetched again.
 */
export async function collectGarbage(shards: Iterable<Shard>, options: CollectOptions): Promise<GcReport> {
  const report: GcReport = { shards: [], freedBytes: 0 }
  const isWanted = (shard: Shard) =>
    isCollectable(shard) && !(options.keepsPartial === true && shard.transientPath === '')
  const candidates = [...shards].filter(isWanted).sort((a, b) => a.lastUsedMs - b.lastUsedMs)
  for (const shard of candidates) {
    if (options.enoughBytes !== undefined && report.freedBytes >= options.enoughBytes) break
    if (!isWanted(shard)) continue
    const { freedBytes, error } = await collectOne(shard, options)
    report.shards.push({ key: shard.key, error, freedBytes })
    report.freedBytes += freedBytes
  }
  return report
}

async function collectOne(
  shard: Shard,
  options: CollectOptions,
): Promise<{ freedBytes: number; error: string | null }> {
  try {
    if (options.dryRun === true) return { freedBytes: await shard.upgrader.collectableBytes(), error: null }
    options.beforeEach(shard)
    return { freedBytes: await shard.upgrader.collect(), error: null }
  } catch (error) {
    return { freedBytes: 0, error: EngineError.from(error).message }
  } finally {
    if (options.dryRun !== true) options.afterEach(shard)
  }
}
