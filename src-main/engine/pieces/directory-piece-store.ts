import { type FSWatcher, watch } from 'node:fs'
import { constants, copyFile, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  FileReader,
  type Logger,
  type LongWorkOptions,
  type RandomAccessReader,
  removeTemporaryFiles,
  renameDurably,
  syncDirectory,
  type Table,
  TaskQueue,
  type TaskRunner,
  temporaryPathFor,
  timestamp,
} from '../base/index.ts'
import { commitmentAs, hashFile, type PieceCommitment, parsePieceCid } from '../commp/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'
import { copyPiece } from './copy-piece.ts'
import { pieceMismatch, pieceNotFound } from './piece-errors.ts'
import { findPieceFile, listPieceFiles, type PieceFile, pieceFilePath, statPieceFile } from './piece-files.ts'
import { type PieceRecord, recordOf, rowOf } from './piece-record.ts'
import { type PieceLinks, PieceRows } from './piece-rows.ts'
import type { PieceStat, PieceStore } from './piece-source.ts'

export interface DirectoryPieceStoreOptions {
  directory: string
  /** Keeps sizes and times under `/pieces/directory`. */
  store: Store
  tasks: TaskRunner
  clock: Clock
  log: Logger
  /** Rows shared with other sources; its own by default. */
  rows?: PieceRows
}

const RESCAN_DELAY_MS = 200

/**
 * Carport's own pieces: `<directory>/<piece CID>.car`. Files that are put there or taken away by hand are noticed.
 *
 * Invariants: a file under its final name is whole and on disk for good; the directory and the records are changed by
 * one task at a time (`#changes`).
 */
export class DirectoryPieceStore implements PieceStore {
  readonly kind = 'directory'
  readonly rows: PieceRows
  readonly #options: DirectoryPieceStoreOptions
  readonly #records: JsonRecords<PieceRecord>
  readonly #known = new Map<string, PieceRecord>()
  readonly #changes = new TaskQueue()
  #watcher: FSWatcher | null = null
  #rescanTimer: NodeJS.Timeout | null = null
  #closed = false

  private constructor(options: DirectoryPieceStoreOptions) {
    this.#options = options
    this.#records = new JsonRecords(options.store, '/pieces/directory')
    this.rows = options.rows ?? new PieceRows()
  }

  /** Clears what a crash left, and takes up files that were put there by hand. */
  static async open(options: DirectoryPieceStoreOptions): Promise<DirectoryPieceStore> {
    await mkdir(options.directory, { recursive: true })
    const store = new DirectoryPieceStore(options)
    const left = await removeTemporaryFiles(options.directory)
    if (left.length > 0) options.log.info('removed unfinished copies of pieces', { count: left.length })
    await store.#recover()
    store.#watch()
    return store
  }

  get table(): Table<PieceView> {
    return this.rows.table
  }

  /** Says who knows of shards and deals; may be called once those modules exist. */
  setLinks(links: PieceLinks): void {
    this.rows.setLinks(links)
  }

  /** Renews the row of a piece whose shard or deals changed. */
  refresh(pieceCid: CID | string): void {
    this.rows.refresh(pieceCid)
  }

  list(): PieceView[] {
    return this.rows.list()
  }

  get(pieceCid: CID): PieceView {
    const key = parsePieceCid(pieceCid).pieceCid.toString()
    const row = this.table.get(key)
    if (row === undefined) throw pieceNotFound(key)
    return row
  }

  async stat(pieceCid: CID): Promise<PieceStat> {
    const { key, file } = await this.#find(pieceCid)
    return {
      source: 'directory',
      state: file === null ? 'missing' : 'unsealed',
      sizeBytes: file?.sizeBytes ?? null,
      pieceSize: this.#known.get(key)?.pieceSize ?? null,
      path: file?.path ?? null,
    }
  }

  /** Also FILE_CHANGED, when a piece that was checked has another size than then. */
  async open(pieceCid: CID): Promise<RandomAccessReader> {
    const { key, file } = await this.#find(pieceCid)
    if (file === null) throw pieceNotFound(key)
    const record = this.#known.get(key)
    if (record !== undefined && record.sizeBytes !== file.sizeBytes)
      throw new EngineError(
        'FILE_CHANGED',
        `${file.path} has ${file.sizeBytes} bytes, but piece ${key} had ${record.sizeBytes} when it was added.`,
        { details: { path: file.path, pieceCid: key } },
      )
    return FileReader.open(file.path)
  }

  async add(path: string, options: LongWorkOptions & { expected?: CID } = {}): Promise<PieceView> {
    const { expected, ...work } = options
    if (expected !== undefined && (await this.#isHere(parsePieceCid(expected).pieceCid.toString()))) {
      requireMatch(path, await hashFile(path, this.#options.tasks, work), expected)
      return this.get(expected)
    }
    const copy = temporaryPathFor(join(this.#options.directory, 'incoming'))
    const padTiny = expected !== undefined
    const computed = await copyPiece(path, copy, this.#options.tasks, { ...work, padTiny })
    try {
      const commitment = requireMatch(path, computed, expected)
      return await this.#changes.run(() => this.#install(copy, commitment, computed.rawSize))
    } finally {
      await rm(copy, { force: true })
    }
  }

  /**
   * A piece that is here already is kept, and the staged file removed; so adopting again after a crash does no harm.
   * FILE_CHANGED when the staged file has not the size of the payload.
   */
  async adopt(stagedPath: string, commitment: PieceCommitment): Promise<PieceView> {
    if (await this.#isHere(commitment.pieceCid.toString())) {
      await rm(stagedPath, { force: true })
      return this.get(commitment.pieceCid)
    }
    const own = await this.#bringOver(stagedPath, commitment.rawSize)
    try {
      const row = await this.#changes.run(() => this.#install(own, commitment, commitment.rawSize))
      await rm(stagedPath, { force: true })
      return row
    } finally {
      if (own !== stagedPath) await rm(own, { force: true })
    }
  }

  remove(pieceCid: CID): Promise<{ freedBytes: number }> {
    return this.#changes.run(async () => {
      const { key, file } = await this.#find(pieceCid)
      const record = this.#known.get(key)
      if (file === null && record === undefined) throw pieceNotFound(key)
      if (record !== undefined) await this.#records.put(key, { ...record, state: 'leaving' })
      let freedBytes = 0
      // A piece put here by hand may lie here twice, under two names.
      for (let copy = file; copy !== null; copy = (await this.#find(pieceCid)).file) {
        await this.#removeFile(copy)
        freedBytes += copy.sizeBytes
      }
      await this.#forget(key)
      this.rows.delete(key, 'directory')
      return { freedBytes }
    })
  }

  /** Looks at the directory anew. Called by itself when something changes there, where the system tells. */
  rescan(): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#closed) return
      const files = await listPieceFiles(this.#options.directory)
      for (const file of files.values()) this.#show(file.pieceCid, file)
      for (const row of this.table.rows())
        if (row.source === 'directory' && !files.has(row.pieceCid)) this.#show(row.pieceCid, null)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watcher?.close()
    if (this.#rescanTimer !== null) clearTimeout(this.#rescanTimer)
    await this.#changes.drained()
  }

  async #recover(): Promise<void> {
    const files = await listPieceFiles(this.#options.directory)
    const onDamaged = (pieceCid: string) => this.#options.log.warn('a piece record cannot be read', { pieceCid })
    for await (const [key, record] of this.#records.entries(onDamaged)) {
      const file = files.get(key)
      const arrived = record.state === 'arriving' && file?.sizeBytes === record.sizeBytes
      if (record.state === 'here') this.#known.set(key, record)
      else if (arrived) await this.#remember(key, record)
      else await this.#finishRemoval(key, record, files)
    }
    for (const key of new Set([...files.keys(), ...this.#known.keys()])) this.#show(key, files.get(key) ?? null)
  }

  async #finishRemoval(key: string, record: PieceRecord, files: Map<string, PieceFile>): Promise<void> {
    const file = files.get(key)
    if (record.state === 'leaving' && file !== undefined) {
      await this.#removeFile(file)
      files.delete(key)
    }
    await this.#forget(key)
  }

  /** Gives a whole, synced file in the directory's file system its name. The file is gone from `path` afterwards. */
  async #install(path: string, commitment: PieceCommitment, sizeBytes: number): Promise<PieceView> {
    const key = commitment.pieceCid.toString()
    if (await this.#isHere(key)) return this.get(commitment.pieceCid)
    const record = recordOf(commitment, sizeBytes, timestamp(this.#options.clock))
    const target = pieceFilePath(this.#options.directory, key)
    await this.#records.put(key, record)
    await renameDurably(path, target)
    await this.#remember(key, record)
    this.#show(key, { pieceCid: key, path: target, sizeBytes })
    return this.get(commitment.pieceCid)
  }

  /** The staged file itself where a rename can move it, else a copy in the directory; synced. */
  async #bringOver(stagedPath: string, sizeBytes: number): Promise<string> {
    const { directory } = this.#options
    const [staged, here] = await Promise.all([stat(stagedPath), stat(directory)]).catch((error: unknown) => {
      throw EngineError.from(error)
    })
    if (staged.size !== sizeBytes)
      throw new EngineError('FILE_CHANGED', `${stagedPath} has ${staged.size} bytes, not ${sizeBytes} as when checked.`)
    const own = staged.dev === here.dev ? stagedPath : temporaryPathFor(join(directory, 'incoming'))
    if (own !== stagedPath) await copyFile(stagedPath, own, constants.COPYFILE_FICLONE)
    const handle = await open(own, 'r+')
    await handle.sync().finally(() => handle.close())
    return own
  }

  /** Whether a checked copy lies here, whole. One that was put here by hand is not taken for checked. */
  async #isHere(key: string): Promise<boolean> {
    const record = this.#known.get(key)
    if (record === undefined) return false
    const file = await statPieceFile(pieceFilePath(this.#options.directory, key), key)
    return file?.sizeBytes === record.sizeBytes
  }

  async #find(pieceCid: CID): Promise<{ key: string; file: PieceFile | null }> {
    const parsed = parsePieceCid(pieceCid)
    const key = parsed.pieceCid.toString()
    const row = this.table.get(key)
    const known = row?.source === 'directory' ? row.path : null
    const file = await findPieceFile(this.#options.directory, parsed, known)
    if (file === null ? known !== null : file.path !== known) this.#show(key, file)
    return { key, file }
  }

  /** Brings the row in line with what is on disk. */
  #show(key: string, file: PieceFile | null): void {
    const record = this.#known.get(key)
    if (file === null && record === undefined) this.rows.delete(key, 'directory')
    else this.rows.set(rowOf(key, record, file))
  }

  async #remember(key: string, record: PieceRecord): Promise<void> {
    const here: PieceRecord = { ...record, state: 'here' }
    await this.#records.put(key, here)
    this.#known.set(key, here)
  }

  async #forget(key: string): Promise<void> {
    await this.#records.delete(key)
    this.#known.delete(key)
  }

  async #removeFile(file: PieceFile): Promise<void> {
    await rm(file.path, { force: true })
    await syncDirectory(this.#options.directory)
  }

  #watch(): void {
    const { directory, log } = this.#options
    const later = () => {
      this.#rescanTimer ??= setTimeout(() => {
        this.#rescanTimer = null
        this.rescan().catch((error: Error) => log.warn('the piece directory cannot be read', { error: error.message }))
      }, RESCAN_DELAY_MS).unref()
    }
    try {
      this.#watcher = watch(directory, { persistent: false }, later)
      this.#watcher.on('error', (error) => log.debug('the piece directory is not watched', { error: error.message }))
    } catch (error) {
      log.debug('the piece directory is not watched', { error: EngineError.from(error).message })
    }
  }
}

/** The commitment as the piece that is expected; PIECE_MISMATCH, naming both, when it is another. */
function requireMatch(path: string, commitment: PieceCommitment, expected: CID | undefined): PieceCommitment {
  if (expected === undefined) return commitment
  const match = commitmentAs(commitment, expected)
  if (match !== null) return match
  const sameVersion = parsePieceCid(expected).pieceCidV2 === null ? commitment.pieceCid : commitment.pieceCidV2
  throw pieceMismatch(path, expected.toString(), (sameVersion ?? commitment.pieceCid).toString())
}
