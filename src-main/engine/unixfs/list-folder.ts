/** The listing of folders, on a thread: a folder of a million files must not stop the engine while it is read. */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError, fromErrno, isErrnoException, type Task, type TaskContext, throwIfAborted } from '../base/index.ts'

export const FILE_ENTRY = 0
export const FOLDER_ENTRY = 1
export const SYMLINK_ENTRY = 2

/** What is in one folder, in the order of the UTF-8 bytes of the names. */
export interface FolderListing {
  names: string[]
  types: Uint8Array
  /** Bytes, and modification times in ms; 0 for what is not a file. */
  sizes: Float64Array
  mtimesMs: Float64Array
  /** Targets of the symbolic links, in the order of their names. */
  targets: Uint8Array[]
}

const ENTRIES_PER_TURN = 512

export const listFolderTask: Task<{ path: string }, FolderListing> = {
  name: 'unixfs.listFolder',
  run: listFolder,
  transferOutput: ({ types, sizes, mtimesMs }) => [types, sizes, mtimesMs].map((array) => array.buffer as ArrayBuffer),
}

async function listFolder({ path }: { path: string }, context: TaskContext): Promise<FolderListing> {
  const names = attempt(path, () => readdirSync(path)).sort(compareUtf8)
  const listing: FolderListing = {
    names,
    types: new Uint8Array(names.length),
    sizes: new Float64Array(names.length),
    mtimesMs: new Float64Array(names.length),
    targets: [],
  }
  for (const [index, name] of names.entries()) {
    addEntry(listing, index, join(path, name))
    if (index % ENTRIES_PER_TURN !== ENTRIES_PER_TURN - 1) continue
    await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(context.signal)
  }
  return listing
}

function addEntry(listing: FolderListing, index: number, path: string): void {
  const found = attempt(path, () => lstatSync(path))
  if (found.isFile()) {
    listing.sizes[index] = found.size
    listing.mtimesMs[index] = found.mtimeMs
  } else if (found.isDirectory()) listing.types[index] = FOLDER_ENTRY
  else if (found.isSymbolicLink()) {
    listing.types[index] = SYMLINK_ENTRY
    listing.targets.push(attempt(path, () => readlinkSync(path, 'buffer')))
  } else
    throw new EngineError(
      'NOT_A_FILE',
      `${path} is a device, pipe or socket, which has no content that can be imported. Move it out of the folder.`,
      { details: { path } },
    )
}

/**
 * Compares names by their UTF-8 bytes, which is the order of code points. UTF-16 units agree with it but for
 * surrogates, which stand for code points above all others.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

function attempt<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw isErrnoException(error) ? describeFailure(error, path) : error
  }
}

/** A name that is not UTF-8 comes out of the listing changed, so that the file cannot be found under it. */
function describeFailure(error: NodeJS.ErrnoException, path: string): EngineError {
  if (error.code !== 'ENOENT' || !path.includes('\ufffd')) return fromErrno(error, path)
  return new EngineError(
    'FILE_UNREADABLE',
    `The name of ${path} is not valid UTF-8, so it cannot be imported. Rename it.`,
    {
      cause: error,
      details: { path },
    },
  )
}
