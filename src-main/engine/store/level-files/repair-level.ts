import { constants, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { type Clock, EngineError, systemClock, timestamp } from '../../base/index.ts'
import { DAMAGE_MARK } from './check-level-files.ts'
import { checkTable } from './check-table.ts'
import { readLevelLog, writeLevelLog } from './level-log.ts'
import { salvageTable } from './salvage-table.ts'
import { ascending, recordOf } from './write-batch.ts'

/** A LevelDB that was repaired when it was opened. */
export interface LevelRepair {
  directory: string
  /** Sentences. */
  problems: string[]
  /** A copy of the directory as it was found. */
  keptAt: string
}

const KEPT = '.damaged-'

/** Keeps a copy beside, then gathers all rows that can be read. Nobody else may have it open. */
export async function repairLevel(
  directory: string,
  problems: string[],
  clock: Clock = systemClock,
): Promise<LevelRepair> {
  const keptAt = `${directory}${KEPT}${timestamp(clock).replaceAll(/[:.]/g, '-')}`
  await keepCopy(directory, keptAt)
  try {
    await takeOutDamage(directory)
    await ClassicLevel.repair(directory)
  } catch (error) {
    const { message } = EngineError.from(error)
    throw new EngineError(
      'STORE_CORRUPT',
      `${directory} is damaged and could not be repaired: ${message} What was found is kept in ${keptAt}.`,
      { cause: error },
    )
  }
  await rm(join(directory, DAMAGE_MARK), { force: true })
  return { directory, problems, keptAt }
}

async function keepCopy(directory: string, keptAt: string): Promise<void> {
  const partial = `${keptAt}.partial`
  await mkdir(partial)
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if ((await stat(path)).isFile()) await copyFile(path, join(partial, name), constants.COPYFILE_FICLONE)
  }
  await rename(partial, keptAt)
}

/** LevelDB's repair then meets tables and journals without a fault; rows of damaged tables lie in journals. */
async function takeOutDamage(directory: string): Promise<void> {
  const names = await readdir(directory)
  let number = Math.max(0, ...names.map((name) => Number(/\d+/.exec(name)?.[0] ?? 0)))
  for (const name of names) {
    const path = join(directory, name)
    if (/^\d+\.log$/.test(name)) {
      await writeFile(path, writeLevelLog(ascending(readLevelLog(await readFile(path)).records)))
    } else if (/^\d+\.(ldb|sst)$/.test(name) && (await checkTable(path, null, true)) !== null) {
      number += 1
      const rows = [...salvageTable(await readFile(path))]
      await writeFile(join(directory, `${String(number).padStart(6, '0')}.log`), writeLevelLog(rows.map(recordOf)))
      await rm(path)
    }
  }
}

/** Copies that earlier repairs of a directory kept, the oldest first. */
export async function keptCopies(directory: string): Promise<string[]> {
  const start = `${basename(directory)}${KEPT}`
  const names = await readdir(dirname(directory)).catch(() => [])
  return names
    .filter((name) => name.startsWith(start) && !name.endsWith('.partial'))
    .sort()
    .map((name) => join(dirname(directory), name))
}
