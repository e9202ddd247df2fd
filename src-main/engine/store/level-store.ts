import { writeFileSync } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel, type Iterator } from 'classic-level'
import { EngineError } from '../base/index.ts'
import { checkLevelFiles, DAMAGE_MARK } from './level-files/check-level-files.ts'
import { isLockedByGo } from './level-files/foreign-lock.ts'
import { type LevelRepair, repairLevel } from './level-files/repair-level.ts'
import type { Store, StoreEntry, StoreOperation, StoreRange, TextEntry } from './store.ts'

/** What one trip to the database brings back at most. */
const READ_AHEAD_ROWS = 1000
const READ_AHEAD = { highWaterMarkBytes: 256 * 1024 }
const BINARY = { keyEncoding: 'view', valueEncoding: 'view' } as const
const TEXT = { keyEncoding: 'utf8', valueEncoding: 'utf8' } as const

type RowIterator<Data> = Iterator<ClassicLevel<Uint8Array, Uint8Array>, Data, Data>

const SPARE_BATCHES = 4
/** Room for making a table of what is in memory; nothing is begun with less. */
const NEW_LOG_BYTES = 8 * 1024 * 1024
const NO_KEY = new Uint8Array(1)

/**
 * A chained batch as classic-level implements it. Its public `write` leaves the native memory of the batch to the
 * garbage collector, which does not know how much it is: entering 50 million postings took 3 GB. So batches are used
 * again, which only these methods allow. (An array of operations costs the main thread ten times as much.)
 */
interface NativeBatch {
  _put(key: Uint8Array, value: Uint8Array): void
  _del(key: Uint8Array): void
  _write(options: { sync: boolean }): Promise<void>
  _clear(): void
}

export interface LevelStoreOptions {
  /** Open only what exists. */
  createIfMissing?: boolean
  /** As Lotus writes its stores: no compression. Default true; reading takes either. */
  compression?: boolean
  /**
   * The files are checked before LevelDB sees them; where they are damaged, a copy of them is kept and told here, and
   * all that can be read goes on. Without it a damaged store fails to open, as far as LevelDB notices.
   */
  onRepaired?: (repair: LevelRepair) => void
}

/**
 * LevelDB: the same files as Go's goleveldb, which Lotus and Go's dagstore write.
 *
 * A write that failed half-way, on a full disk, leaves a torn record in the log, and LevelDB goes on behind it as if
 * nothing had been: what is written from then on is gone at the next start. So a new log is begun before the next write.
 */
export class LevelStore implements Store {
  readonly #db: ClassicLevel<Uint8Array, Uint8Array>
  readonly #directory: string
  readonly #spare: NativeBatch[] = []
  #isTorn = false
  #mending: Promise<void> | null = null

  private constructor(db: ClassicLevel<Uint8Array, Uint8Array>, directory: string) {
    this.#db = db
    this.#directory = directory
  }

  /** Opens a directory. Another process that has it open makes this fail with REPO_IN_USE. */
  static async open(directory: string, options: LevelStoreOptions = {}): Promise<LevelStore> {
    if (options.createIfMissing !== false) await mkdir(directory, { recursive: true })
    if (await isLockedByGo(directory))
      throw new EngineError('REPO_IN_USE', `${directory} is open in another program, as in lotus-miner.`)
    if (options.onRepaired !== undefined) await repairIfDamaged(directory, options.onRepaired)
    const db = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
      ...BINARY,
      createIfMissing: options.createIfMissing ?? true,
      compression: options.compression ?? true,
    })
    try {
      await db.open()
    } catch (error) {
      throw openError(directory, error)
    }
    return new LevelStore(db, directory)
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#db.get(key).catch((error: unknown) => this.#fail(error))
  }

  getMany(keys: Uint8Array[]): Promise<Array<Uint8Array | undefined>> {
    return this.#db.getMany(keys).catch((error: unknown) => this.#fail(error))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.batch([{ type: 'put', key, value }])
  }

  delete(key: Uint8Array): Promise<void> {
    return this.batch([{ type: 'delete', key }])
  }

  async batch(operations: StoreOperation[], options: { durable?: boolean } = {}): Promise<void> {
    if (this.#isTorn) await this.#mended()
    const batch = this.#takeBatch()
    try {
      for (const operation of operations) {
        if (operation.type === 'put') batch._put(operation.key, operation.value)
        else batch._del(operation.key)
      }
      await batch._write({ sync: options.durable ?? true })
    } catch (error) {
      this.#failWriting(error)
    } finally {
      batch._clear()
      if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch)
    }
  }

  async *entries(range: StoreRange = {}): AsyncGenerator<StoreEntry, void, void> {
    const { reverse = false, limit = -1 } = range
    for await (const rows of this.#batchesOf(this.#db.iterator({ ...READ_AHEAD, ...boundsOf(range), reverse, limit })))
      for (const [key, value] of rows) yield { key, value }
  }

  async *texts(prefix: string): AsyncGenerator<TextEntry, void, void> {
    for await (const rows of this.#batchesOf(
      this.#db.iterator<string, string>({ ...READ_AHEAD, ...TEXT, gte: prefix }),
    )) {
      for (const [key, value] of rows) {
        if (!key.startsWith(prefix)) return
        yield { key, value }
      }
    }
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  async *#batchesOf<Data>(iterator: RowIterator<Data>): AsyncGenerator<Array<[Data, Data]>, void, void> {
    try {
      while (true) {
        const rows = await iterator.nextv(READ_AHEAD_ROWS).catch((error: unknown) => this.#fail(error))
        if (rows.length === 0) return
        yield rows
      }
    } finally {
      await iterator.close()
    }
  }

  /** Damage met while it is open is left to the next start, which reads everything and repairs it. */
  #fail(error: unknown): never {
    const failure = openError(this.#directory, error)
    if (failure.code !== 'STORE_CORRUPT') throw error
    try {
      writeFileSync(join(this.#directory, DAMAGE_MARK), '')
    } catch {
      // Then the next start meets it again.
    }
    throw failure
  }

  #failWriting(error: unknown): never {
    const text = error instanceof Error ? error.message : String(error)
    if (!text.includes('IO error')) this.#fail(error)
    this.#isTorn = true
    if (/no space|quota/i.test(text)) throw noSpace(this.#directory, error)
    throw new EngineError('IO_ERROR', `The records in ${this.#directory} cannot be written: ${text}`, { cause: error })
  }

  /** Whoever writes next waits for it; tried again by the one after, should it fail. */
  #mended(): Promise<void> {
    this.#mending ??= this.#beginNewLog().finally(() => {
      this.#mending = null
    })
    return this.#mending
  }

  async #beginNewLog(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#directory)
    if (bavail * bsize < NEW_LOG_BYTES) throw noSpace(this.#directory)
    // However small the range: what is in memory becomes a table, and a new log is begun.
    await this.#db.compactRange(NO_KEY, NO_KEY)
    this.#isTorn = false
  }

  /** Of a closed database none can be had, spare or new. */
  #takeBatch(): NativeBatch {
    const spare = this.#db.status === 'open' ? this.#spare.pop() : undefined
    return spare ?? (this.#db.batch() as unknown as NativeBatch)
  }
}

function noSpace(directory: string, cause?: unknown): EngineError {
  const message = `The records in ${directory} cannot be written: the disk is full.`
  return new EngineError('NO_SPACE', message, { cause, details: { path: directory } })
}

function boundsOf(range: StoreRange): { gte?: Uint8Array; gt?: Uint8Array; lt?: Uint8Array } {
  const bounds: { gte?: Uint8Array; gt?: Uint8Array; lt?: Uint8Array } = {}
  if (range.prefix !== undefined) {
    bounds.gte = range.prefix
    const end = successorOf(range.prefix)
    if (end !== undefined) bounds.lt = end
  }
  if (range.after !== undefined && Buffer.compare(range.after, range.prefix ?? range.after) >= 0) {
    delete bounds.gte
    bounds.gt = range.after
  }
  return bounds
}

/** The first byte string that sorts after everything beginning with `prefix`; undefined when there is none. */
export function successorOf(prefix: Uint8Array): Uint8Array | undefined {
  for (let end = prefix.length; end > 0; end--) {
    const last = prefix[end - 1] ?? 0
    if (last === 0xff) continue
    const successor = new Uint8Array(prefix.subarray(0, end)) // a copy: slice of a Buffer is not
    successor[end - 1] = last + 1
    return successor
  }
  return undefined
}

async function repairIfDamaged(directory: string, onRepaired: (repair: LevelRepair) => void): Promise<void> {
  const problems = await checkLevelFiles(directory)
  if (problems.length === 0) return
  await requireFree(directory)
  onRepaired(await repairLevel(directory, problems))
}

/** Whoever has it open may just be changing the files. REPO_IN_USE then; nothing is changed. */
async function requireFree(directory: string): Promise<void> {
  const db = new ClassicLevel(directory, { createIfMissing: false, errorIfExists: true })
  try {
    await db.open() // takes the lock first, and then always fails
  } catch (error) {
    const failure = openError(directory, error)
    if (failure.code === 'REPO_IN_USE') throw failure
  } finally {
    await db.close()
  }
}

function openError(directory: string, error: unknown): EngineError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const text = cause instanceof Error ? cause.message : String(cause)
  if (code === 'LEVEL_LOCKED')
    return new EngineError('REPO_IN_USE', `${directory} is open in another process.`, { cause: error })
  if (code === 'LEVEL_CORRUPTION' || /corrupt/i.test(text))
    return new EngineError('STORE_CORRUPT', `The records in ${directory} are damaged: ${text}`, { cause: error })
  return new EngineError('IO_ERROR', `The records in ${directory} cannot be opened: ${text}`, { cause: error })
}
