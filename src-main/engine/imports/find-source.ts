import { opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError, fromErrno, isErrnoException, type LongWorkOptions, type TaskRunner } from '../base/index.ts'
import { buildPath } from '../unixfs/index.ts'
import type { ImportRecord } from './import-record.ts'

/** Files of the right size that are hashed at most when a folder is searched. */
const MAX_CANDIDATES = 64

/**
 * The path below `place` that holds what was imported, proven by building its DAG again: `place` itself, or where it is
 * a folder and a file is wanted, the file in it with the same size, the same name first. SOURCE_CHANGED when there is
 * something, but with other content; SOURCE_MISSING when nothing fits.
 */
export async function findSource(
  record: ImportRecord,
  place: string,
  options: LongWorkOptions & { tasks: TaskRunner },
): Promise<string> {
  const found = await statOf(place)
  const wantsFile = record.mtimeMs !== null
  if (!found.isDirectory() || !wantsFile) {
    if (await hasSameContent(record, place, options)) return place
    throw new EngineError(
      'SOURCE_CHANGED',
      `${place} has other content than what was imported, so the import was left as it is. Import it anew instead.`,
      { details: { path: place } },
    )
  }
  for (const candidate of await candidatesIn(place, record)) {
    if (await hasSameContent(record, candidate, options)) return candidate
  }
  throw new EngineError('SOURCE_MISSING', `No file below ${place} has the content of ${basename(record.source)}.`, {
    details: { path: place },
  })
}

async function hasSameContent(
  record: ImportRecord,
  path: string,
  options: LongWorkOptions & { tasks: TaskRunner },
): Promise<boolean> {
  if (record.profile === null) return false
  const { root }: { root: CID } = await buildPath(path, { ...options, profile: record.profile })
  return root.toString() === record.root
}

async function candidatesIn(folder: string, record: ImportRecord): Promise<string[]> {
  const name = basename(record.source)
  const named: string[] = []
  const others: string[] = []
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const size = (await stat(path).catch(() => null))?.size
    if (size !== record.sizeBytes) continue
    if (entry.name === name) named.push(path)
    else if (others.length < MAX_CANDIDATES) others.push(path)
  }
  return [...named, ...others].slice(0, MAX_CANDIDATES)
}

async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
