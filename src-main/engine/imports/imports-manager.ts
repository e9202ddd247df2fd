import { access, constants, mkdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import type { ImportCheck, ImportKind, ImportView, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  fromErrno,
  isErrnoException,
  type Logger,
  type LongWorkOptions,
  NanoIds,
  type TaskRunner,
  timestamp,
} from '../base/index.ts'
import type { DagSource, OpenDag } from '../blockstore/index.ts'
import type { Store } from '../store/index.ts'
import { ImportJobs } from './import-jobs.ts'
import { type DropReceipt, ImportLedger } from './import-ledger.ts'
import type { ImportRecord } from './import-record.ts'
import { ImportRemedies } from './import-remedies.ts'
import { checkSource, sanityCheck } from './sanity-check.ts'
import { type ForeignImport, importAgain, type LegacyImport, takeOver } from './take-over.ts'
import {
  checkCar,
  type WriteOptions,
  type WrittenImport,
  writeLinked,
  writeSelfContained,
  writtenFacts,
} from './write-import.ts'

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

type Write = (options: WriteOptions) => Promise<WrittenImport>

/**
 * The client's imports: made, listed, opened, mended, dropped. A record exists from the first moment of an import, so
 * that one that a crash interrupted is found at the next start; its CAR appears under its name only when it is whole.
 */
export class ImportsManager implements DagSource {
  readonly #options: ImportsOptions
  readonly #ids: NanoIds
  readonly #ledger: ImportLedger
  readonly #jobs: ImportJobs
  readonly #remedies: ImportRemedies
  #checking: Promise<unknown> = Promise.resolve()

  constructor(options: ImportsOptions) {
    this.#options = options
    this.#ids = new NanoIds(options.clock)
    this.#ledger = new ImportLedger(options.store, options.log)
    this.#jobs = new ImportJobs(this.#ledger, options)
    this.#remedies = new ImportRemedies(this.#ledger, this.#jobs, (id) => this.#carPathOf(id))
  }

  get table(): ImportLedger['table'] {
    return this.#ledger.table
  }

  /** Loads the records, says which imports a crash interrupted, and begins the sanity check, once `quiet` resolves. */
  async start(quiet?: Promise<void>): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true })
    await this.#ledger.load(this.#options.directory)
    this.#checking = quiet === undefined ? this.check() : quiet.then(() => this.check())
  }

  /** Resolves when the sanity check of the start has ended: only then the health of each import is known. */
  async checked(): Promise<void> {
    await Promise.allSettled([this.#checking])
  }

  /** Stops what runs; unfinished imports say so at the next start. */
  async close(): Promise<void> {
    await this.#jobs.close()
    await this.checked()
  }

  set maxConcurrent(limit: number) {
    this.#jobs.maxConcurrent = limit
  }

  list(): ImportView[] {
    return this.table.rows()
  }

  /** IMPORT_NOT_FOUND when there is none. */
  get(id: string): ImportView {
    return this.#ledger.view(id)
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
      if (this.#ledger.record(id) !== undefined && !this.#jobs.closed) await this.#ledger.forget(record)
      throw error
    }
  }

  /** Takes in what a Lotus client imported, under its id; one that is here already is left alone. */
  async takeOver(found: ForeignImport): Promise<ImportView> {
    if (this.table.get(found.id) !== undefined) return this.get(found.id)
    const record = await takeOver(found, this.#carPathOf(found.id), this.#options.clock)
    await this.#ledger.save(record, await checkSource(record))
    this.#options.log.info('took over an import', { id: record.id, root: record.root, source: record.source })
    return this.get(found.id)
  }

  /** Makes an import of an old Lotus again of its file, under its id; one that is here already is left alone. */
  async importAgain(found: LegacyImport, work: LongWorkOptions = {}): Promise<ImportView> {
    if (this.table.get(found.id) !== undefined) return this.get(found.id)
    const { tasks, clock } = this.#options
    const record = await importAgain(found, this.#carPathOf(found.id), { ...work, tasks, clock })
    await this.#ledger.save(record, await checkSource(record))
    this.#options.log.info('imported again what Lotus imported', { id: record.id, root: record.root })
    return this.get(found.id)
  }

  /** Resolves when the import is on disk; rejects with its error when it failed or was cancelled. */
  async wait(input: { id: string }): Promise<ImportView> {
    const ended = this.#jobs.ended(input.id)
    if (ended !== undefined) return ended
    const view = this.get(input.id)
    const error = this.#ledger.record(input.id)?.error ?? null
    if (error !== null) throw new EngineError(error.code, error.message, { details: { id: input.id } })
    return view
  }

  /** Stops what works on an import. One that was not on disk yet is forgotten. */
  async cancel(input: { id: string }): Promise<ImportView> {
    const view = this.get(input.id)
    await this.#jobs.cancel(input.id)
    return this.table.get(input.id) ?? { ...view, progress: null }
  }

  /** Begins a failed or interrupted import again, under its old id. */
  async retry(input: { id: string }): Promise<ImportView> {
    const view = this.get(input.id)
    const record = this.#ledger.record(input.id)
    if (record === undefined || view.state !== 'failed')
      throw new EngineError('IMPORT_BUSY', 'Only an import that failed can be tried again.')
    const sizeBytes = await checkReadable(record.source, record.kind)
    const again: ImportRecord = { ...record, sizeBytes, state: 'importing', error: null }
    return this.#run(again, (options) => this.#write(again, options))
  }

  /** Forgets imports and deletes the CARs that Carport made. Sources and CARs of the user are kept, always. */
  async drop(input: { ids: string[] }): Promise<DropReceipt[]> {
    for (const id of input.ids) this.#ledger.assertUnread(id)
    const receipts: DropReceipt[] = []
    for (const id of input.ids) {
      await this.#jobs.cancel(id)
      const record = this.#ledger.record(id)
      receipts.push(record === undefined ? { id, deleted: [], kept: [] } : await this.#ledger.forget(record))
    }
    return receipts
  }

  /** Looks at every import's files, without reading them. */
  check(): Promise<{ broken: number; total: number }> {
    return sanityCheck(this.#ledger.records(), this.#options.log, (record, health) => {
      const unchanged = this.#ledger.record(record.id) === record && this.#jobs.ended(record.id) === undefined
      if (unchanged && !this.#jobs.closed) this.#ledger.show(record, health)
    })
  }

  /** Looks at imports now, all when none is named; `deep` reads and hashes every block of them. */
  async checkNow(input: { ids: string[]; deep: boolean }, signal?: AbortSignal): Promise<ImportCheck> {
    const ids = input.ids.length > 0 ? input.ids : this.list().map((view) => view.id)
    for (const id of ids) this.get(id)
    await this.check()
    if (input.deep) await this.#remedies.checkDeep(ids, signal)
    return this.#remedies.summary(ids)
  }

  relink(input: { id: string; path: string }, signal?: AbortSignal): Promise<ImportView> {
    return this.#remedies.relink(input, signal)
  }

  materialise(input: { id: string }, signal?: AbortSignal): Promise<ImportView> {
    return this.#remedies.materialise(input, signal)
  }

  /** Imports the source as it is now, under a new id, then drops the old import. */
  async reimport(input: { id: string }, signal?: AbortSignal): Promise<ImportView> {
    const { kind, source, profile } = this.get(input.id)
    this.#ledger.assertUnread(input.id)
    const { id } = await this.begin({ path: source, kind, profile: profile ?? 'unixfs-v1-2025' })
    const cancel = () => void this.cancel({ id })
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      const view = await this.wait({ id })
      await this.drop({ ids: [input.id] })
      return view
    } catch (error) {
      if (this.table.get(id) !== undefined) await this.drop({ ids: [id] })
      throw error
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** The import that has this root and is on disk: a healthy one where there are several. */
  findByRoot(root: string): ImportView | undefined {
    const found = this.list().filter((view) => view.state === 'ready' && view.root === root)
    return found.find((view) => view.health !== 'broken') ?? found[0]
  }

  async open(root: CID): Promise<OpenDag | null> {
    const view = this.findByRoot(root.toString()) ?? this.#findByMultihash(root)
    const record = view === undefined ? undefined : this.#ledger.record(view.id)
    return record === undefined ? null : this.#ledger.open(record)
  }

  /** CIDv0 and CIDv1 of one hash name the same DAG. */
  #findByMultihash(root: CID): ImportView | undefined {
    const same = (text: string) => Buffer.compare(CID.parse(text).multihash.bytes, root.multihash.bytes) === 0
    return this.list().find((view) => view.state === 'ready' && view.root !== null && same(view.root))
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

  async #run(record: ImportRecord, write: Write): Promise<ImportView> {
    const { log } = this.#options
    await this.#ledger.save(record)
    const profile = record.profile ?? 'unixfs-v1-2025'
    void this.#jobs.start(
      record.id,
      async (options) => {
        const written = await write({ ...options, profile })
        const ready: ImportRecord = { ...record, state: 'ready', ...writtenFacts(written) }
        await this.#ledger.save(ready, { health: 'ok', problem: null })
        log.info('imported', { id: ready.id, root: ready.root, source: ready.source })
      },
      (error) => this.#fail(record, error),
    )
    return this.get(record.id)
  }

  async #fail(record: ImportRecord, error: EngineError): Promise<void> {
    const { id, source } = record
    const { code, message } = error
    if (code === 'CLOSED') return // the next start says that it was interrupted
    if (code === 'CANCELLED') {
      await this.#ledger.forget(record)
      return
    }
    this.#options.log.warn('import failed', { id, source, code, error: message })
    const failed: ImportRecord = { ...record, state: 'failed', error: { code, message } }
    await this.#ledger.save(failed).catch((cause: unknown) => {
      this.#options.log.error('an import record could not be saved', { id, error: String(cause) })
    })
  }
}

/** Returns the size of a file, 0 for a folder. */
async function checkReadable(path: string, kind: ImportKind): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isFile() && !(found.isDirectory() && kind !== 'car')) {
      const message = `${path} is neither a file nor a folder that can be imported.`
      throw new EngineError('NOT_A_FILE', message, { details: { path } })
    }
    await access(path, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK)
    return found.isFile() ? found.size : 0
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
