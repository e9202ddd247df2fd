import { basename, win32 } from 'node:path'
import { EngineError, type Logger } from '../../base/index.ts'
import type { Shard } from '../shard.ts'
import { sizeOf, type TransientFolder } from './transient-folder.ts'

export interface TransientOwners {
  shards: Iterable<Owner>
  /** What records say of which no shard could be made: files that they name are left alone, too. */
  damagedRecords: Iterable<string>
}

const AT_ONCE = 16

/**
 * Removes transients that no shard has any more, and accounts for the others. Only files that a dagstore made are
 * removed, and none that any record names. To be done before shards begin to work.
 */
export async function removeOrphans(folder: TransientFolder, owners: TransientOwners, log: Logger): Promise<void> {
  const names = await folder.list()
  if (names.length === 0) return
  const wanted = namesOf(owners.shards, folder, new Set(names))
  const damagedRecords = [...owners.damagedRecords]
  const lookAt = async (name: string) => {
    const path = folder.pathOf(name)
    try {
      const owner = wanted.get(name)
      if (owner !== undefined) await account(folder, name, owner)
      else if (!damagedRecords.some((text) => text.includes(name))) {
        await folder.delete(path)
        log.info('removed orphan transient', { path })
      }
    } catch (error) {
      log.warn('failed to remove orphan transient', { path, error: EngineError.from(error).message })
    }
  }
  const waiting = names.values()
  const worker = async () => {
    for (const name of waiting) await lookAt(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

type Owner = Pick<Shard, 'key' | 'transientPath' | 'upgrader'>

async function account(folder: TransientFolder, name: string, owner: Owner): Promise<void> {
  const isComplete = name.endsWith('.complete')
  if (!isComplete && !name.endsWith('.partial')) return
  const bytes = (await sizeOf(folder.pathOf(name))) ?? 0
  if (isComplete) folder.space.account(bytes)
  else owner.upgrader.notePartial(bytes)
}

/** Records may come from another system, or from before the folder was moved: names decide, not paths. */
function namesOf(shards: Iterable<Owner>, folder: TransientFolder, there: ReadonlySet<string>): Map<string, Owner> {
  const anyUnfinished = [...there].some((name) => !name.endsWith('.complete'))
  const owners = new Map<string, Owner>()
  for (const shard of shards) {
    if (shard.transientPath !== '') owners.set(win32.basename(shard.transientPath), shard)
    if (!anyUnfinished) continue
    const unfinished = [folder.partialPath(shard.key), folder.versionPath(shard.key)].map((path) => basename(path))
    if (unfinished.some((name) => there.has(name)) && shard.upgrader.mount.resumable === true)
      for (const name of unfinished) owners.set(name, shard)
  }
  return owners
}
