import { EngineError } from '../base/index.ts'
import type { BulkWork } from './bulk-work.ts'
import type { DamagedRow, Unfinished } from './load-shards.ts'
import { enterPostings, isIndexLost, type PreparePorts } from './prepare-shard.ts'
import type { Shard } from './shard.ts'
import { sizeOf, type TransientFolder } from './transients/transient-folder.ts'

export interface AfterStartPorts extends PreparePorts {
  bulk: BulkWork
  folder: TransientFolder
  /** Begins what a restart left to be done, and resolves when it has ended, well or not. */
  goOn(unfinished: Unfinished): Promise<void>
  /** Says that the index of a shard cannot be used. */
  loseIndex(shard: Shard, error: EngineError): Promise<void>
  changed(shard: Shard): void
}

export interface StartedWith {
  shards: ReadonlyMap<string, Shard>
  damaged: ReadonlyMap<string, DamagedRow>
  unfinished: Unfinished[]
  /** What lay in the folder of transients before any shard began to work. */
  transients: string[]
}

const AT_ONCE = 16
const CHECKS_AT_ONCE = 4

/**
 * What a start leaves for later, so that shards can be acquired at once: transients of nobody are removed, interrupted
 * work is gone on with, every index is looked at, and what the inverted index lacks is entered.
 */
export async function afterStart(started: StartedWith, ports: AfterStartPorts): Promise<void> {
  await removeOrphans(started, ports)
  await ports.bulk.forEach(started.unfinished, AT_ONCE, (unfinished) => ports.goOn(unfinished))
  await ports.bulk.forEach(started.shards.values(), CHECKS_AT_ONCE, (shard, signal) => check(shard, ports, signal))
  await ports.bulk.mayGoOn()
  const { removed } = await ports.lookups.purge(ports.bulk.signal)
  if (removed > 0) ports.log.info('removed postings of shards that are gone', { removed })
}

/** Only files that a dagstore made, and that no record names: not even a record that cannot be read. */
async function removeOrphans({ shards, damaged, transients }: StartedWith, ports: AfterStartPorts): Promise<void> {
  const { folder } = ports
  const wanted = new Set<string>()
  for (const shard of shards.values()) {
    const named = shard.upgrader.transientPath
    if (named !== '') wanted.add(named.slice(Math.max(named.lastIndexOf('/'), named.lastIndexOf('\\')) + 1))
    if (shard.upgrader.mount.resumable === true) wanted.add(fileName(folder.partialPath(shard.key)))
  }
  const damagedText = [...damaged.values()].map((row) => row.text).join('\n')
  for (const name of transients) {
    const path = folder.pathOf(name)
    try {
      if (wanted.has(name)) folder.space.account(name.endsWith('.complete') ? ((await sizeOf(path)) ?? 0) : 0)
      else if (!damagedText.includes(name)) {
        await folder.delete(path)
        ports.log.info('removed orphan transient', { path })
      }
    } catch (error) {
      ports.log.warn('failed to remove orphan transient', { path, error: EngineError.from(error).message })
    }
  }
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
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
