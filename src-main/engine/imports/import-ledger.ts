import { rm, stat } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { EngineError, type Logger, removeTemporaryFiles, Table } from '../base/index.ts'
import { type OpenDag, openCarBlockstore } from '../blockstore/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'
import { fromStored, type ImportRecord, type StoredImport, toStored } from './import-record.ts'
import type { Health } from './sanity-check.ts'

export interface DropReceipt {
  id: string
  deleted: string[]
  kept: string[]
}

const UNCHECKED: Health = { health: 'unchecked', problem: null }

/** What is known of every import: its record on disk, its row in the window, and who reads it. */
export class ImportLedger {
  readonly table = new Table<ImportView>((view) => view.id)
  readonly #records: JsonRecords<StoredImport>
  readonly #log: Logger
  readonly #known = new Map<string, ImportRecord>()
  readonly #readers = new Map<string, number>()

  constructor(store: Store, log: Logger) {
    this.#records = new JsonRecords(store, '/client/stores')
    this.#log = log
  }

  /** Loads the records; those that a crash interrupted say so, and what it left of them in `directory` goes. */
  async load(directory: string): Promise<void> {
    await removeTemporaryFiles(directory)
    const damaged = (id: string, error: Error) =>
      this.#log.warn('failed to query metadata for import; skipping', { id, error: error.message })
    for await (const [id, stored] of this.#records.entries(damaged)) {
      const record = fromStored(id, stored)
      if (record.state === 'importing') await this.#markInterrupted(record)
      this.#known.set(id, record)
      this.show(record)
    }
  }

  records(): ImportRecord[] {
    return [...this.#known.values()]
  }

  record(id: string): ImportRecord | undefined {
    return this.#known.get(id)
  }

  /** IMPORT_NOT_FOUND when there is none. */
  view(id: string): ImportView {
    const view = this.table.get(id)
    if (view === undefined) throw new EngineError('IMPORT_NOT_FOUND', `There is no import ${id}.`, { details: { id } })
    return view
  }

  async save(record: ImportRecord, health?: Health): Promise<void> {
    this.#known.set(record.id, record)
    this.show(record, health)
    await this.#records.put(record.id, toStored(record))
  }

  /** Removes the record and the CAR, where Carport made it. */
  async forget(record: ImportRecord): Promise<DropReceipt> {
    const { id, carPath, ownsCar, source } = record
    const deleted: string[] = []
    if (ownsCar && carPath !== null) {
      if (await exists(carPath)) deleted.push(carPath)
      await rm(carPath, { force: true })
    }
    await this.#records.delete(id)
    this.#known.delete(id)
    this.table.delete(id)
    return { id, deleted, kept: source === '' ? [] : [source] }
  }

  /** Opens the CAR of an import; it counts as read until released. */
  async open({ id, carPath }: ImportRecord): Promise<OpenDag> {
    const blockstore = await openCarBlockstore(carPath ?? '')
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
    let released = false
    return {
      blockstore,
      release: async () => {
        if (released) return
        released = true
        this.#readers.set(id, (this.#readers.get(id) ?? 1) - 1)
        await blockstore.close()
      },
    }
  }

  /** IMPORT_BUSY while somebody reads it. */
  assertUnread(id: string): void {
    this.view(id)
    if ((this.#readers.get(id) ?? 0) === 0) return
    throw new EngineError(
      'IMPORT_BUSY',
      'This import is being read, for a deal or an export. Wait for it, or cancel it first.',
      { details: { id } },
    )
  }

  show(record: ImportRecord, health: Health = UNCHECKED): void {
    const { id, root, kind, source, profile, sizeBytes, carSizeBytes, blockCount, createdAt, state } = record
    this.table.set({
      ...{ id, root, kind, source, profile, sizeBytes, carSizeBytes, blockCount, createdAt, state },
      carPath: record.carPath ?? '',
      ...(state === 'failed' ? failureOf(record) : health),
      progress: null,
    })
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
}

/** The root of an import that is on disk. */
export function rootOf({ id, root }: ImportRecord): CID {
  if (root === null) throw new EngineError('IMPORT_NOT_FOUND', `Import ${id} has no root.`)
  return CID.parse(root)
}

function failureOf(record: ImportRecord): Health {
  if (record.error === null) return { health: 'broken', problem: null }
  return { health: 'broken', problem: { ...record.error, remedies: hasPath(record) ? ['retry', 'drop'] : ['drop'] } }
}

/** An upload has only a name, and cannot be read again. */
function hasPath(record: ImportRecord): boolean {
  return record.source.startsWith('/') || /^[A-Za-z]:[\\/]/.test(record.source)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
