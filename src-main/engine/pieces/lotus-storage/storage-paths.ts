import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EngineError } from '../../base/index.ts'

/**
 * The storage paths of a Lotus installation that are there now. `directory` is a storage path itself (it holds
 * `sectorstore.json`), or a repository whose `storage.json` lists them; those that are not there (another machine's, an
 * unmounted disk) are left out. INVALID_ARGUMENT when it is neither.
 */
export async function lotusStoragePaths(directory: string): Promise<string[]> {
  return (await namedPaths(directory)).filter(isStoragePath)
}

/** Storage paths as they are wanted, of which some may not be there at the moment. */
export class StoragePaths {
  readonly #directories: readonly string[]
  /** What each directory names that could be read. */
  readonly #named = new Map<string, string[]>()

  /** As of `lotusStoragePaths`. A directory that is not there yet is looked at again whenever the paths are asked for. */
  constructor(directories: readonly string[]) {
    this.#directories = directories
  }

  async find(): Promise<{ present: string[]; absent: string[] }> {
    const present = new Set<string>()
    const absent = new Set<string>()
    for (const directory of this.#directories)
      for (const path of await this.#namedBy(directory)) (isStoragePath(path) ? present : absent).add(path)
    return { present: [...present], absent: [...absent] }
  }

  async #namedBy(directory: string): Promise<string[]> {
    let named = this.#named.get(directory)
    if (named !== undefined) return named
    try {
      named = await namedPaths(directory)
    } catch {
      return [resolve(directory)]
    }
    this.#named.set(directory, named)
    return named
  }
}

async function namedPaths(directory: string): Promise<string[]> {
  const listed = await readStorageJson(join(directory, 'storage.json'))
  const own = isStoragePath(directory) ? [directory] : []
  if (own.length === 0 && listed.length === 0)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `${directory} is no Lotus storage: it has neither a sectorstore.json nor a storage.json.`,
      { details: { path: directory } },
    )
  return [...new Set([...own, ...listed].map((path) => resolve(directory, path)))]
}

function isStoragePath(path: string): boolean {
  return existsSync(join(path, 'sectorstore.json'))
}

async function readStorageJson(path: string): Promise<string[]> {
  if (!existsSync(path)) return []
  const text = await readFile(path, 'utf8')
  try {
    const { StoragePaths = [] } = JSON.parse(text) as { StoragePaths?: Array<{ Path?: unknown }> | null }
    return (StoragePaths ?? []).flatMap(({ Path }) => (typeof Path === 'string' ? [Path] : []))
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', `${path} cannot be read: it is not the JSON that Lotus writes.`, {
      cause,
    })
  }
}
