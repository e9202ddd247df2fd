import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EngineError } from '../../base/index.ts'

/**
 * The storage paths of a Lotus installation. `directory` is a storage path itself (it holds `sectorstore.json`), or a
 * repository whose `storage.json` lists them; those that are not there now (another machine's, an unmounted disk) are
 * left out. INVALID_ARGUMENT when it is neither.
 */
export async function lotusStoragePaths(directory: string): Promise<string[]> {
  const listed = await readStorageJson(join(directory, 'storage.json'))
  const paths = [directory, ...listed].map((path) => resolve(directory, path)).filter(isStoragePath)
  if (paths.length === 0 && listed.length === 0)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `${directory} is no Lotus storage: it has neither a sectorstore.json nor a storage.json.`,
      { details: { path: directory } },
    )
  return [...new Set(paths)]
}

function isStoragePath(path: string): boolean {
  return existsSync(join(path, 'sectorstore.json'))
}

async function readStorageJson(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return []
  try {
    const { StoragePaths = [] } = JSON.parse(text) as { StoragePaths?: Array<{ Path?: unknown }> | null }
    return (StoragePaths ?? []).flatMap(({ Path }) => (typeof Path === 'string' ? [Path] : []))
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', `${path} cannot be read: it is not the JSON that Lotus writes.`, {
      cause,
    })
  }
}
