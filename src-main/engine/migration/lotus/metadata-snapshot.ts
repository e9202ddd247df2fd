/**
 * The metadata of a Lotus repository, read from a copy. Opening a LevelDB writes to it, and a running Lotus holds its
 * lock; so nothing is ever opened where it lies.
 */
import { chmod, constants, copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, isErrnoException, type LongWorkOptions, throwIfAborted } from '../../base/index.ts'
import { LevelStore, type Store } from '../../store/index.ts'

export interface SnapshotOptions extends LongWorkOptions {
  /** Where the copy is made. */
  scratchDirectory: string
}

const NEEDED = /^(CURRENT|MANIFEST-\d+|\d+\.(ldb|sst|log))$/
/** A running Lotus may rearrange its files while they are copied; then the copy is made again. */
const ATTEMPTS = 5

/**
 * Gives `read` the records of `<repository>/datastore/metadata` as of now. INVALID_ARGUMENT when the directory is no
 * Lotus repository; STORE_CORRUPT when its records are damaged.
 */
export async function withMetadata<Result>(
  repository: string,
  options: SnapshotOptions,
  read: (store: Store) => Promise<Result>,
): Promise<Result> {
  const directory = join(repository, 'datastore', 'metadata')
  await requireMetadata(repository, directory)
  const copy = await mkdtemp(join(options.scratchDirectory, 'metadata-'))
  try {
    await copyAtRest(directory, copy, options)
    const store = await LevelStore.open(copy, { createIfMissing: false })
    try {
      return await read(store)
    } finally {
      await store.close()
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function requireMetadata(repository: string, directory: string): Promise<void> {
  const found = await stat(join(directory, 'CURRENT')).catch((error: unknown) => error)
  if (!(found instanceof Error)) return
  if (isErrnoException(found) && (found.code === 'EACCES' || found.code === 'EPERM')) throw EngineError.from(found)
  throw new EngineError(
    'INVALID_ARGUMENT',
    `${repository} is not a Lotus repository: it has no datastore/metadata. Name the folder that LOTUS_PATH or LOTUS_MINER_PATH names.`,
    { details: { path: repository } },
  )
}

async function copyAtRest(from: string, to: string, options: SnapshotOptions): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    for (const name of await readdir(to)) await rm(join(to, name))
    const before = await arrangement(from)
    if ((await copyFiles(from, to, before, options)) && sameFiles(before, await arrangement(from))) return
  }
  throw new EngineError(
    'LOCKED',
    `${from} changed each time it was copied. Stop Lotus, or wait until it is less busy, and try again.`,
    { details: { path: from } },
  )
}

/** Names and sizes. Tables never change; the journal grows, and what it gains meanwhile may be in the copy or not. */
async function arrangement(directory: string): Promise<Map<string, number>> {
  const files = new Map<string, number>()
  for (const name of (await readdir(directory)).sort()) {
    if (!NEEDED.test(name)) continue
    const found = await stat(join(directory, name)).catch(() => null)
    if (found !== null) files.set(name, found.size)
  }
  return files
}

function sameFiles(before: Map<string, number>, after: Map<string, number>): boolean {
  if (before.size !== after.size) return false
  return [...before].every(([name, size]) => after.get(name) === size || (name.endsWith('.log') && after.has(name)))
}

/** false when a file went away meanwhile. */
async function copyFiles(
  from: string,
  to: string,
  files: Map<string, number>,
  { signal, onProgress }: SnapshotOptions,
): Promise<boolean> {
  let doneBytes = 0
  const totalBytes = [...files.values()].reduce((sum, size) => sum + size, 0)
  for (const [name, size] of files) {
    throwIfAborted(signal)
    onProgress?.({ phase: 'Copying metadata', doneBytes, totalBytes })
    try {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE)
      await chmod(join(to, name), 0o600)
    } catch (error) {
      if (isErrnoException(error) && error.code === 'ENOENT') return false
      throw EngineError.from(error)
    }
    doneBytes += size
  }
  return true
}
