import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, fromErrno, isErrnoException } from '../../base/index.ts'
import type { SectorLocation } from './sector-locations.ts'

/**
 * `<storage path>/<folder>/s-t0<miner>-<sector>`, wherever it exists; of any miner where the location does not tell. What
 * cannot be looked at is added to `troubles`.
 */
export async function sectorFiles(
  paths: readonly string[],
  folder: string,
  { provider, sector }: SectorLocation,
  troubles: EngineError[],
): Promise<string[]> {
  const miner = /^[ft]0(\d+)$/.exec(provider ?? '')?.[1]
  const found: string[] = []
  for (const path of paths) {
    const directory = join(path, folder)
    try {
      if (miner === undefined) found.push(...(await ofAnyMiner(directory, sector)))
      else if (await exists(join(directory, `s-t0${miner}-${sector}`)))
        found.push(join(directory, `s-t0${miner}-${sector}`))
    } catch (thrown) {
      troubles.push(isErrnoException(thrown) ? fromErrno(thrown) : EngineError.from(thrown))
    }
  }
  return found
}

async function ofAnyMiner(directory: string, sector: string): Promise<string[]> {
  const names = (await unlessMissing(readdir(directory))) ?? []
  return names
    .filter((name) => /^s-t0\d+-\d+$/.test(name) && name.endsWith(`-${sector}`))
    .map((name) => join(directory, name))
}

async function exists(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== null
}

async function unlessMissing<Result>(asked: Promise<Result>): Promise<Result | null> {
  try {
    return await asked
  } catch (error) {
    if (isErrnoException(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw error
  }
}
