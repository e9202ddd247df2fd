import { constants } from 'node:fs'
import { lstat, mkdir, open, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { type Blockstore, openCarBlockstore } from '../blockstore/index.ts'
import { RAW_CODEC } from '../car/index.ts'
import {
  type DirectoryEntry,
  decodeUnixfs,
  type EntryPage,
  listEntries,
  readFile,
  resolvePath,
} from '../unixfs/index.ts'

export interface ExtractOptions {
  /** Below the root; empty: everything. */
  paths: readonly string[]
  /** Folder to write into, which must exist; or where the bytes of one file go. */
  to: { folder: string } | { write(bytes: Uint8Array): Promise<void> }
  /** Each entry written. */
  onExtracted?(path: string): void
  /** What was left out, as a line for the log. */
  onSkipped?(line: string): void
  signal?: AbortSignal
}

/** Writes the files of a CAR's UnixFS DAGs. What is missing is left out and told; returns how many files were written. */
export async function extractFiles(path: string, options: ExtractOptions): Promise<number> {
  const blockstore = await openCarBlockstore(path)
  try {
    const folder = 'folder' in options.to ? await realpath(options.to.folder) : null
    const extraction = new Extraction(blockstore, folder, options)
    for (const root of blockstore.roots) {
      if (root.code === RAW_CODEC) options.onSkipped?.(`skipping raw root ${root}`)
      else if (options.paths.length === 0) await extraction.extract(root, '')
      else for (const wanted of options.paths) await extraction.extractPath(root, segmentsOf(wanted))
    }
    return extraction.fileCount
  } finally {
    await blockstore.close()
  }
}

class Extraction {
  fileCount = 0
  readonly #blockstore: Blockstore
  readonly #folder: string | null
  readonly #options: ExtractOptions

  constructor(blockstore: Blockstore, folder: string | null, options: ExtractOptions) {
    this.#blockstore = blockstore
    this.#folder = folder
    this.#options = options
  }

  async extractPath(root: CID, segments: string[]): Promise<void> {
    const { cid } = await resolvePath(this.#blockstore, root, segments.join('/'), { signal: this.#options.signal })
    for (let depth = 1; depth < segments.length; depth++) await this.#makeFolder(segments.slice(0, depth).join('/'))
    await this.extract(cid, segments.join('/'))
  }

  /** `path` is '' for a root: a folder is then the folder written into, and a file is named `unknown`. */
  async extract(cid: CID, path: string): Promise<void> {
    const { signal } = this.#options
    const node = decodeUnixfs(cid, await this.#blockstore.get(cid, { signal }))
    if (node.type === 'file') await this.#writeFile(cid, path === '' ? 'unknown' : path)
    else if (node.type === 'symlink') await this.#writeLink(Buffer.from(node.target).toString('utf8'), path)
    else await this.#extractFolder(cid, path)
  }

  async #extractFolder(cid: CID, path: string): Promise<void> {
    if (this.#folder === null)
      throw new EngineError('INVALID_ARGUMENT', 'A folder cannot be written to stdout: name a file in it.')
    await this.#makeFolder(path)
    const { signal, onSkipped } = this.#options
    // Pages overlap by one entry, so that a part may be missed twice.
    const missing = new Set<string>()
    const onMissingShard = (shard: CID) => void missing.add(shard.toString())
    let after: string | null = null
    do {
      const page: EntryPage = await listEntries(this.#blockstore, cid, { after, signal, onMissingShard })
      for (const entry of page.entries) await this.#extractEntry(entry, path)
      after = page.next
    } while (after !== null)
    if (missing.size > 0)
      onSkipped?.(`data for entry not found for ${missing.size} unknown sharded entries (skipped...)`)
  }

  async #extractEntry(entry: DirectoryEntry, parent: string): Promise<void> {
    checkName(entry.name)
    const path = parent === '' ? entry.name : `${parent}/${entry.name}`
    try {
      await this.extract(entry.cid, path)
    } catch (error) {
      if (!EngineError.is(error, 'BLOCK_NOT_FOUND') && !EngineError.is(error, 'DAG_INCOMPLETE')) throw error
      this.#options.onSkipped?.(`data for entry not found: /${path} (skipping...)`)
    }
  }

  async #writeFile(cid: CID, path: string): Promise<void> {
    const { signal, to } = this.#options
    const content = readFile(this.#blockstore, cid, { signal })
    if ('write' in to) for await (const bytes of content) await to.write(bytes)
    else await this.#writeTo(path, content)
    this.fileCount++
    this.#options.onExtracted?.(path)
  }

  /** Never follows a symbolic link that is there, and leaves no file that is not whole. */
  async #writeTo(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const blocks = content[Symbol.asyncIterator]()
    let next = await blocks.next()
    const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants
    const target = join(this.#folder ?? '', path)
    const handle = await open(target, O_CREAT | O_TRUNC | O_WRONLY | (O_NOFOLLOW ?? 0)).catch(redirected)
    try {
      for (; next.done !== true; next = await blocks.next()) await handle.writeFile(next.value)
    } catch (error) {
      await rm(target, { force: true })
      throw error
    } finally {
      await handle.close()
    }
  }

  async #writeLink(target: string, path: string): Promise<void> {
    if (this.#folder === null) throw new EngineError('INVALID_ARGUMENT', 'A symbolic link cannot be written to stdout.')
    await symlink(target, join(this.#folder, path))
    this.fileCount++
    this.#options.onExtracted?.(path)
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folder === null || path === '') return
    const target = join(this.#folder, path)
    await mkdir(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw EngineError.from(error)
    })
    if (!(await lstat(target)).isDirectory()) throw redirection(target)
  }
}

/** One leading and one trailing slash are allowed. */
function segmentsOf(path: string): string[] {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  for (const [at, segment] of segments.entries()) {
    if (segment === '')
      throw new EngineError('INVALID_ARGUMENT', `invalid empty path segment at position ${at} of "${path}".`)
    if (segment === '.' || segment === '..')
      throw new EngineError('INVALID_ARGUMENT', `'${segment}' is unsupported in paths.`)
  }
  return segments
}

/** A name in a DAG is a stranger's: it must stay in its folder. */
function checkName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return
  throw new EngineError('UNIXFS_INVALID', `The DAG names an entry "${name}", which would leave its folder.`)
}

function redirected(error: NodeJS.ErrnoException): never {
  if (error.code === 'ELOOP') throw redirection(error.path ?? '')
  throw EngineError.from(error)
}

function redirection(path: string): EngineError {
  return new EngineError('FILE_EXISTS', `${path}: path attempts to redirect through symlinks, or is no folder.`)
}
