import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError, fromErrno, isErrnoException, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { RAW_CODEC } from '../car/index.ts'
import { directoryLinks, readNode } from './directory-walk.ts'
import { checkEntryName } from './export-names.ts'
import { writeBeside, writeNewFile } from './export-target.ts'
import { inOrder } from './in-order.ts'
import { readFile } from './read-file.ts'

export interface ExportOptions extends LongWorkOptions {
  /** Replace what is at the path. Default: refuse. */
  overwrite?: boolean
}

export interface Exported {
  path: string
  /** Bytes of content written. */
  sizeBytes: number
  /** Regular files written. */
  fileCount: number
}

/** Files written at once. Each holds up to 16 blocks. */
const WRITERS = 4

/**
 * Writes the file or folder under `root` to `outPath`, which appears only when all of it is on disk. Names that would
 * lead out of the folder are refused; symbolic links are made as they are stored and never followed. FILE_EXISTS,
 * UNIXFS_INVALID, UNSUPPORTED, DAG_INCOMPLETE, NO_SPACE, CANCELLED.
 */
export async function exportDag(
  blockstore: Blockstore,
  root: CID,
  outPath: string,
  options: ExportOptions = {},
): Promise<Exported> {
  const path = resolve(outPath)
  return writeBeside(path, options.overwrite ?? false, async (temporary) => {
    const writing = new ExportWriting(blockstore, root, options)
    const { sizeBytes, fileCount } = await writing.write(temporary, path)
    return { path, sizeBytes, fileCount }
  })
}

interface FileToWrite {
  cid: CID
  to: string
  /** The path as the user will see it. */
  shown: string
}

class ExportWriting {
  readonly #blockstore: Blockstore
  readonly #root: CID
  readonly #options: ExportOptions
  #totalBytes: number | null = null
  sizeBytes = 0
  fileCount = 0

  constructor(blockstore: Blockstore, root: CID, options: ExportOptions) {
    this.#blockstore = blockstore
    this.#root = root
    this.#options = options
  }

  async write(to: string, shown: string): Promise<this> {
    const files = this.#make({ cid: this.#root, to, shown })
    for await (const _ of inOrder(files, WRITERS, (file) => this.#writeFile(file))) throwIfAborted(this.#options.signal)
    return this
  }

  /** Makes folders and symbolic links, and gives the files in them, each after its folder exists. */
  async *#make(entry: FileToWrite): AsyncGenerator<FileToWrite, void, void> {
    throwIfAborted(this.#options.signal)
    if (entry.cid.code === RAW_CODEC) {
      yield entry
      return
    }
    const { node } = await readNode(this.#blockstore, this.#root, entry.cid, this.#options)
    if (node.type === 'symlink') return this.#makeLink(node.target, entry)
    if (node.type === 'file') {
      if (entry.cid === this.#root) this.#totalBytes = node.sizeBytes
      yield entry
      return
    }
    await mkdir(entry.to).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? sameName(entry.shown) : fromErrno(error, entry.shown)
    })
    for await (const { name, cid } of directoryLinks(this.#blockstore, entry.cid, node, this.#options)) {
      checkEntryName(name, entry.shown)
      yield* this.#make({ cid, to: join(entry.to, name), shown: join(entry.shown, name) })
    }
  }

  async #makeLink(target: Uint8Array, { to, shown }: FileToWrite): Promise<void> {
    if (target.length === 0 || target.includes(0))
      throw new EngineError('UNIXFS_INVALID', `The symbolic link ${shown} leads nowhere that can be written.`)
    try {
      await symlink(Buffer.from(target), to)
    } catch (error) {
      if (!isErrnoException(error)) throw error
      if (error.code === 'EEXIST') throw sameName(shown)
      // Windows grants links to administrators only: then the target is kept as text, as git does.
      if (process.platform !== 'win32' || error.code !== 'EPERM') throw fromErrno(error, shown)
      await writeFile(to, target, { flag: 'wx' })
    }
  }

  async #writeFile({ cid, to, shown }: FileToWrite): Promise<void> {
    const content = readFile(this.#blockstore, cid, { signal: this.#options.signal })
    try {
      await writeNewFile(to, content, (bytes) => {
        this.sizeBytes += bytes
        this.#options.onProgress?.({ phase: 'Writing', doneBytes: this.sizeBytes, totalBytes: this.#totalBytes })
      })
    } catch (error) {
      throw EngineError.is(error, 'FILE_EXISTS') ? sameName(shown) : error
    }
    this.fileCount++
  }
}

function sameName(shown: string): EngineError {
  return new EngineError(
    'UNIXFS_INVALID',
    `Two entries are named ${shown}. On disks that do not tell upper from lower case, that may be names that differ only in case.`,
    { details: { path: shown } },
  )
}
