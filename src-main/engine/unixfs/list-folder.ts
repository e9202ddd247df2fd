/** The listing of folders, on a thread: a folder of a million files must not stop the engine while it is read. */
import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import { EngineError, type Task } from '../base/index.ts'
import { attemptOn } from './source-errors.ts'

export const FILE_ENTRY = 0
export const FOLDER_ENTRY = 1
const SYMLINK_ENTRY = 2

/** What is in one folder, in the order of the UTF-8 bytes of the names. */
export interface FolderListing {
  /** One after another, each followed by a slash, which no name contains: one string crosses threads faster than many. */
  names: string
  types: Uint8Array
  /** Targets of the symbolic links, in the order of their names. */
  targets: Uint8Array[]
}

export const listFolderTask: Task<{ path: string }, FolderListing> = {
  name: 'unixfs.listFolder',
  run: ({ path }) => listFolder(path),
  transferOutput: ({ types }) => [types.buffer as ArrayBuffer],
}

function listFolder(path: string): FolderListing {
  const found = attemptOn(path, () => readdirSync(path, { withFileTypes: true }))
  found.sort((a, b) => compareUtf8(a.name, b.name))
  const targets: Uint8Array[] = []
  const types = Uint8Array.from(found, (entry) => {
    const below = path + sep + entry.name
    const type = typeOf(entry) ?? typeOf(attemptOn(below, () => lstatSync(below))) ?? refuse(below)
    if (type === SYMLINK_ENTRY) targets.push(attemptOn(below, () => readlinkSync(below, 'buffer')))
    return type
  })
  return { names: found.map((entry) => `${entry.name}/`).join(''), types, targets }
}

/** null for a device, pipe or socket, and where a file system does not say. */
function typeOf(entry: Dirent | Stats): number | null {
  if (entry.isFile()) return FILE_ENTRY
  if (entry.isDirectory()) return FOLDER_ENTRY
  return entry.isSymbolicLink() ? SYMLINK_ENTRY : null
}

function refuse(path: string): never {
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
