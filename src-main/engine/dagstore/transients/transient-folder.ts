import { realpathSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EngineError, isErrnoException, type Throttle, writeFileAtomic } from '../../base/index.ts'
import { fileNameOfKey } from '../file-names.ts'
import type { TransientSpace } from './transient-space.ts'

const PARTIAL = '.partial'
const COMPLETE = '.complete'
const VERSION = '.version'
const OURS = /^transient-.*\.(partial|complete|version)$/

/**
 * The folder `transients/`: local copies of pieces that cannot be read in place, `transient-<key>.complete`, and
 * unfinished ones, `.partial`; for sources that change, which version was copied, `.version`. Only files with these
 * names are ever deleted; whatever else lies there, or anywhere else, belongs to somebody.
 */
export class TransientFolder {
  readonly directory: string
  readonly space: TransientSpace
  /** Downloads at once, of sources that are ready. */
  readonly throttle: Throttle
  /** Of copies that were interrupted, and that nobody goes on with at the moment. */
  #partialBytes = 0

  constructor(directory: string, space: TransientSpace, throttle: Throttle) {
    this.directory = resolve(directory)
    this.space = space
    this.throttle = throttle
  }

  partialPath(key: string): string {
    return join(this.directory, `transient-${fileNameOfKey(key)}${PARTIAL}`)
  }

  completePath(key: string): string {
    return join(this.directory, `transient-${fileNameOfKey(key)}${COMPLETE}`)
  }

  versionPath(key: string): string {
    return join(this.directory, `transient-${fileNameOfKey(key)}${VERSION}`)
  }

  /** Which version of its source the copy for a key is of; undefined where that is not known. */
  async readVersion(key: string): Promise<string | undefined> {
    return readFile(this.versionPath(key), 'utf8').catch(() => undefined)
  }

  /** Survives a power cut. undefined: there are no versions to tell apart. */
  async writeVersion(key: string, version: string | undefined): Promise<void> {
    if (version === undefined) await rm(this.versionPath(key), { force: true })
    else await writeFileAtomic(this.versionPath(key), version)
  }

  /** Whether this program made the file for this shard, and may delete it; records may name the folder by another way. */
  owns(path: string, key: string): boolean {
    if (basename(path) !== basename(this.completePath(key))) return false
    const folder = dirname(resolve(path))
    return folder === this.directory || realPathOf(folder) === realPathOf(this.directory)
  }

  /** Bytes freed; 0 when it was gone already. */
  async delete(path: string): Promise<number> {
    const found = await sizeOf(path)
    if (found === null) return 0
    try {
      await rm(path, { force: true })
    } catch (error) {
      throw EngineError.from(error)
    }
    return found
  }

  /** Names of the files that look like transients, as they are now. */
  async list(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => OURS.test(name))
  }

  /** What copies that were interrupted take has changed by so much. */
  accountPartial(bytes: number): void {
    this.#partialBytes += bytes
    if (bytes !== 0) this.space.account(bytes)
  }

  /** Bytes of all complete transients, and of those that were interrupted. */
  async measure(): Promise<number> {
    let total = this.#partialBytes
    for (const name of await this.list()) if (name.endsWith(COMPLETE)) total += (await sizeOf(this.pathOf(name))) ?? 0
    return total
  }

  pathOf(name: string): string {
    return join(this.directory, name)
  }
}

/** Of nothing that is there: the path itself. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** null when there is no such file. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : null
  } catch (error) {
    if (isErrnoException(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw EngineError.from(error)
  }
}
