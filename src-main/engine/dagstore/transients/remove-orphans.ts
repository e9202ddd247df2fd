import { basename, win32 } from 'node:path'
import { EngineError, type Logger } from '../../base/index.ts'
import type { Shard } from '../shard.ts'
import { sizeOf, type TransientFolder } from './transient-folder.ts'

export interface TransientOwners {
  shards: Iterable<Pick<Shard, 'key' | 'transientPath' | 'upgrader'>>
  /** What records say of which no shard could be made: files that they name are left alone, too. */
  damagedRecords: Iterable<string>
}

/**
 * Removes transients that no shard has any more, and accounts for the others. Only files that a dagstore made are
 * removed, and none that any record names. To be done before shards begin to work.
 */
export async function removeOrphans(folder: TransientFolder, owners: TransientOwners, log: Logger): Promise<void> {
  const names = await folder.list()
  if (names.length === 0) return
  const wanted = namesOf(owners.shards, folder, new Set(names))
  const damagedRecords = [...owners.damagedRecords]
  for (const name of names) {
    const path = folder.pathOf(name)
    try {
      if (wanted.has(name)) folder.space.account(name.endsWith('.complete') ? ((await sizeOf(path)) ?? 0) : 0)
      else if (!damagedRecords.some((text) => text.includes(name))) {
        await folder.delete(path)
        log.info('removed orphan transient', { path })
      }
    } catch (error) {
      log.warn('failed to remove orphan transient', { path, error: EngineError.from(error).message })
    }
  }
}

/** Records may come from another system, or from before the folder was moved: names decide, not paths. */
function namesOf(shards: TransientOwners['shards'], folder: TransientFolder, there: ReadonlySet<string>): Set<string> {
  const names = new Set<string>()
  for (const shard of shards) {
    if (shard.transientPath !== '') names.add(win32.basename(shard.transientPath))
    const unfinished = [folder.partialPath(shard.key), folder.versionPath(shard.key)].map((path) => basename(path))
    if (unfinished.some((name) => there.has(name)) && shard.upgrader.mount.resumable === true)
      for (const name of unfinished) names.add(name)
  }
  return names
}
