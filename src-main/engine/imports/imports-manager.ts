import { access, constants, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import type { DagStat, ImportKind, ImportView, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  fromErrno,
  isErrnoException,
  type Logger,
  NanoIds,
  ProgressMeter,
  removeTemporaryFiles,
  Table,
  type TaskRunner,
  Throttle,
  timestamp,
} from '../base/index.ts'
import { type DagSource, type OpenDag, openCarBlockstore } from '../blockstore/index.ts'
import { paddedPieceSize } from '../commp/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'
import { dagStat } from '../unixfs/index.ts'
import { fromStored, type ImportRecord, type StoredImport, toStored } from './import-record.ts'
import { type Health, sanityCheck } from './sanity-check.ts'
import { checkCar, type WriteOptions, type WrittenImport, writeLinked, writeSelfContained } from './write-import.ts'

export interface ImportsOptions {
  /** Where `<id>.car` files go. */
  directory: string
  store: Store
  tasks: TaskRunner
  clock: Clock
  log: Logger
  maxConcurrent: number
}

export interface StartImport {
  path: string
  kind: ImportKind
  profile: UnixfsProfile
}

interface Running {
  controller: AbortController
  ended: Promise<ImportView>
}

const UNCHECKED: Health = { health: 'unchecked', problem: null }

/**
 * The client's imports: made, listed, opened, dropped. A record exists from the first moment of an import, so that one
 * that a crash interrupted is found at the next start; its CAR appears under its name only when it is whole.
 */
export class ImportsManager implements DagSource {
  readonly table = new Table<ImportView>((view) => view.id)
  readonly #options: ImportsOptions
  readonly #records: JsonRecords<StoredImport>
  readonly #ids: NanoIds
  readonly #throttle: Throttle
  readonly #known = new Map<string, ImportRecord>()
  readonly #running = new Map<string, Running>()
  readonly #readers = new Map<string, number>()
  #checking: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: ImportsOptions) {
    this.#options = options
    this.#records = new JsonRecords(options.store, '/client/stores')
    this.#ids = new NanoIds(options.clock)
    this.#throttle = new Throttle(options.maxConcurrent)
  }

  /** Loads the records, says which imports a crash interrupted, and begins the sanity check. */
  async start(): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true })
    await removeTemporaryFiles(this.#options.directory)
    const damaged = (id: string, error: Error) =>
      this.#options.log.warn('failed to query metadata for import; skipping', { id, error: error.message })
    for await (const [id, stored] of this.#records.entries(damaged)) {
      const record = fromStored(id, stored)
      if (record.state === 'importing') await this.#markInterrupted(record)
      this.#known.set(id, record)
      this.#show(record)
    }
    this.#checking = this.check()
  }

  /** Stops what runs; unfinished imports say so at the next start. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running.values()]
    for (const { controller } of running) controller.abort(new EngineError('CLOSED', 'Carport is quitting.'))
    await Promise.allSettled([this.#checking, ...running.map(({ ended }) => ended)])
  }

  set maxConcurrent(limit: number) {
    this.#throttle.limit = limit
  }

  list(): ImportView[] {
    return this.table.rows()
  }

  /** IMPORT_NOT_FOUND when there is none. */
  get(id: string): ImportView {
    const view = this.table.get(id)
    if (view === undefined) throw new EngineError('IMPORT_NOT_FOUND', `There is no import ${id}.`, { details: { id } })
    return view
  }

  /** Checks the path, makes the record and begins; FILE_NOT_FOUND, FILE_UNREADABLE or NOT_A_FILE when it cannot. */
  async begin(input: StartImport): Promise<ImportView> {
    const path = resolve(input.path)
    const sizeBytes = await checkReadable(path, input.kind)
    const record = this.#newRecord({ ...input, source: path, sizeBytes })
    return this.#run(record, (options) => this.#write(record, options))
  }

  /** Takes bytes that have no file here, such as an upload, as a self-contained import. Returns when it is on disk. */
  async importStream(input: {
    name: string
    stream: AsyncIterable<Uint8Array>
    profile: UnixfsProfile
    sizeBytes?: number
  }): Promise<ImportView> {
    const { name, stream, profile, sizeBytes = 0 } = input
    const record = this.#newRecord({ source: basename(name), kind: 'self-contained', profile, sizeBytes })
    const carPath = this.#carPathOf(record.id)
    const { id } = await this.#run(record, (options) => writeSelfContained(stream, carPath, options))
    try {
      return await this.wait({ id })
    } catch (error) {
      // An upload cannot be tried again from here: its bytes are gone.
      await this.#forget(record)
      throw error
    }
  }

  /** Resolves when the import is on disk; rejects with its error when it failed or was cancelled. */
  async wait(input: { id: string }): Promise<ImportView> {
    const running = this.#running.get(input.id)
    if (running !== undefined) return running.ended
    const view = this.get(input.id)
    const error = this.#known.get(input.id)?.error ?? null
    if (error !== null) throw new EngineError(error.code, error.message, { details: { id: input.id } })
    return view
  }

  /** Stops a running import and forgets it. */
  async cancel(input: { id: string }): Promise<ImportView> {
    const view = this.get(input.id)
    const running = this.#running.get(input.id)
    running?.controller.abort(new EngineError('CANCELLED', 'The import was cancelled.'))
    await running?.ended.catch(() => {})
    return this.table.get(input.id) ?? { ...view, progress: null }
  }

  /** Begins a failed or interrupted import again, under its old id. */
  async retry(input: { id: string }): Promise<ImportView> {
    const view = this.get(input.id)
    const record = this.#known.get(input.id)
    if (record === undefined || view.state !== 'failed')
      throw new EngineError('IMPORT_BUSY', 'Only an import that failed can be tried again.')
    record.sizeBytes = await checkReadable(record.source, record.kind)
    record.state = 'importing'
    record.error = null
    return this.#run(record, (options) => this.#write(record, options))
  }

  /** Forgets imports and deletes the CARs that Carport made. Sources and CARs of the user are kept, always. */
  async drop(input: { ids: string[] }): Promise<Array<{ id: string; deleted: string[]; kept: string[] }>> {
    for (const id of input.ids) this.#assertUnused(id)
    const receipts = []
    for (const id of input.ids) {
      await this.cancel({ id })
      const record = this.#known.get(id)
      receipts.push(record === undefined ? { id, deleted: [], kept: [] } : await this.#forget(record))
    }
    return receipts
  }

  /** Looks at every import's files again. */
  check(): Promise<{ broken: number; total: number }> {
    return sanityCheck([...this.#known.values()], this.#options.log, (record, health) => {
      if (!this.#closed && this.#known.has(record.id)) this.#show(record, health)
    })
  }

  /** Sizes of the DAG below a root that an import holds. */
  async stat(input: { root: string }, signal?: AbortSignal): Promise<DagStat> {
    const root = CID.parse(input.root)
    const dag = await this.open(root)
    if (dag === null) throw new EngineError('IMPORT_NOT_FOUND', `No import has the root ${input.root}.`)
    try {
      const { payloadSize, carSize, blockCount } = await dagStat(dag.blockstore, root, { signal })
      return { root: input.root, payloadSize, carSize, pieceSize: paddedPieceSize(carSize), blockCount }
    } finally {
      await dag.release()
    }
  }

  /** The first import that is on disk and has this root. */
  findByRoot(root: string): ImportView | undefined {
    return this.list().find((view) => view.root === root && view.state === 'ready')
  }

  async open(root: CID): Promise<OpenDag | null> {
    const found = this.list().find((view) => view.state === 'ready' && view.root !== null && sameRoot(view.root, root))
    if (found === undefined) return null
    const blockstore = await openCarBlockstore(found.carPath)
    this.#readers.set(found.id, (this.#readers.get(found.id) ?? 0) + 1)
    let released = false
    return {
      blockstore,
      release: async () => {
        if (released) return
        released = true
        this.#readers.set(found.id, (this.#readers.get(found.id) ?? 1) - 1)
        await blockstore.close()
      },
    }
  }

  #newRecord(about: Pick<ImportRecord, 'source' | 'kind' | 'profile' | 'sizeBytes'>): ImportRecord {
    const id = this.#ids.next()
    const ownsCar = about.kind !== 'car'
    return {
      id,
      state: 'importing',
      root: null,
      kind: about.kind,
      source: about.source,
      carPath: ownsCar ? this.#carPathOf(id) : about.source,
      ownsCar,
      profile: ownsCar ? about.profile : null,
      sizeBytes: about.sizeBytes,
      mtimeMs: null,
      carSizeBytes: null,
      blockCount: null,
      createdAt: timestamp(this.#options.clock),
      error: null,
    }
  }

  #carPathOf(id: string): string {
    return join(this.#options.directory, `${id}.car`)
  }

  #write(record: ImportRecord, options: WriteOptions): Promise<WrittenImport> {
    const carPath = this.#carPathOf(record.id)
    if (record.kind === 'car') return checkCar(record.source, options.signal)
    if (record.kind === 'self-contained') return writeSelfContained(record.source, carPath, options)
    return writeLinked(record.source, carPath, options)
  }

  async #run(record: ImportRecord, write: (options: WriteOptions) => Promise<WrittenImport>): Promise<ImportView> {
    if (this.#closed) throw new EngineError('CLOSED', 'Carport is quitting.')
    await this.#save(record)
    const controller = new AbortController()
    const ended = this.#throttle
      .run(() => this.#import(record, controller.signal, write), controller.signal)
      .then(
        () => this.get(record.id),
        (error: unknown) => this.#fail(record, EngineError.from(error)),
      )
      .finally(() => this.#running.delete(record.id))
    ended.catch(() => {}) // the failure is in the record; who waits for it gets it too
    this.#running.set(record.id, { controller, ended })
    return this.get(record.id)
  }

  async #import(
    record: ImportRecord,
    signal: AbortSignal,
    write: (options: WriteOptions) => Promise<WrittenImport>,
  ): Promise<void> {
    const meter = new ProgressMeter(this.#options.clock, (progress) =>
      this.table.set({ ...this.get(record.id), progress }),
    )
    const written = await write({
      profile: record.profile ?? 'unixfs-v1-2025',
      tasks: this.#options.tasks,
      signal,
      onProgress: meter.report,
    })
    Object.assign(record, {
      state: 'ready',
      root: written.root.toString(),
      sizeBytes: written.sizeBytes,
      carSizeBytes: written.carSizeBytes,
      blockCount: written.blockCount,
      mtimeMs: written.mtimeMs,
    } satisfies Partial<ImportRecord>)
    await this.#save(record, { health: 'ok', problem: null })
    this.#options.log.info('imported', { id: record.id, root: record.root, source: record.source })
  }

  async #fail(record: ImportRecord, error: EngineError): Promise<never> {
    if (error.code === 'CANCELLED') {
      await this.#forget(record)
    } else if (error.code !== 'CLOSED') {
      record.state = 'failed'
      record.error = { code: error.code, message: error.message }
      this.#options.log.warn('import failed', {
        id: record.id,
        source: record.source,
        code: error.code,
        error: error.message,
      })
      await this.#save(record).catch((cause: unknown) =>
        this.#options.log.error('import record could not be saved', { error: String(cause) }),
      )
    }
    throw error
  }

  async #forget(record: ImportRecord): Promise<{ id: string; deleted: string[]; kept: string[] }> {
    const { id, carPath, ownsCar, source } = record
    const deleted: string[] = []
    if (ownsCar && carPath !== null) {
      const existed = await stat(carPath).then(
        () => true,
        () => false,
      )
      await rm(carPath, { force: true })
      if (existed) deleted.push(carPath)
    }
    await this.#records.delete(id)
    this.#known.delete(id)
    this.table.delete(id)
    return { id, deleted, kept: source === '' ? [] : [source] }
  }

  #assertUnused(id: string): void {
    this.get(id)
    if ((this.#readers.get(id) ?? 0) > 0)
      throw new EngineError(
        'IMPORT_BUSY',
        'This import is being read, for a deal or an export. Wait for it, or cancel it first.',
        {
          details: { id },
        },
      )
  }

  async #markInterrupted(record: ImportRecord): Promise<void> {
    if (record.ownsCar && record.carPath !== null) await rm(record.carPath, { force: true })
    record.state = 'failed'
    record.error = {
      code: 'IMPORT_INTERRUPTED',
      message: 'Carport ended before this import was done. Nothing of it was kept; the original file is untouched.',
    }
    await this.#records.put(record.id, toStored(record))
  }

  async #save(record: ImportRecord, health: Health = UNCHECKED): Promise<void> {
    this.#known.set(record.id, record)
    this.#show(record, health)
    await this.#records.put(record.id, toStored(record))
  }

  #show(record: ImportRecord, health: Health = UNCHECKED): void {
    const failed: Health = {
      health: 'broken',
      problem:
        record.error === null ? null : { ...record.error, remedies: retryable(record) ? ['retry', 'drop'] : ['drop'] },
    }
    const { id, root, kind, source, profile, sizeBytes, carSizeBytes, blockCount, createdAt, state } = record
    this.table.set({
      ...{ id, root, kind, source, profile, sizeBytes, carSizeBytes, blockCount, createdAt, state },
      carPath: record.carPath ?? '',
      ...(state === 'failed' ? failed : health),
      progress: null,
    })
  }
}

/** An upload has no path to read again. */
function retryable(record: ImportRecord): boolean {
  return record.source.startsWith('/') || /^[A-Za-z]:[\\/]/.test(record.source)
}

/** CIDv0 and CIDv1-dag-pb of one hash name the same DAG. */
function sameRoot(text: string, root: CID): boolean {
  return text === root.toString() || CID.parse(text).equals(root)
}

/** Returns the size of a file, 0 for a folder. */
async function checkReadable(path: string, kind: ImportKind): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isFile() && !(found.isDirectory() && kind !== 'car'))
      throw new EngineError('NOT_A_FILE', `${path} is neither a file nor a folder that can be imported.`, {
        details: { path },
      })
    await access(path, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK)
    return found.isFile() ? found.size : 0
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
