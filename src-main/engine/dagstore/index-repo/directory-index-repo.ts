import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  EngineError,
  FileReader,
  isErrnoException,
  removeTemporaryFiles,
  syncDirectory,
  type TaskRunner,
  writeFileAtomic,
} from '../../base/index.ts'
import { type CarIndex, openCarIndex } from '../../car/index.ts'
import { fileNameOfKey } from '../file-names.ts'
import { checkIndexesTask, stampIndexTask } from './check-indexes.ts'
import type { IndexJournal } from './index-journal.ts'
import type { IndexCheck, IndexRepo } from './index-repo.ts'

const VERSION = '1'
const SUFFIX = '.full.idx'
const READ_BYTES = 4 * 1024 * 1024
const SYNCS_AT_ONCE = 4

/** Indexes as files `<key>.full.idx` beside a file `.version`, the layout of Go's dagstore. */
export class DirectoryIndexRepo implements IndexRepo {
  readonly directory: string
  readonly #journal: IndexJournal
  readonly #tasks: TaskRunner
  /** In the journal, each with a number that changes when the index does. */
  readonly #journalled = new Map<string, number>()
  /** Made since the last time that all stamps were durable: they are as they were made. Numbers as above. */
  readonly #fresh = new Map<string, number>()
  #nextNumber = 0

  constructor(directory: string, journal: IndexJournal, tasks: TaskRunner) {
    this.directory = directory
    this.#journal = journal
    this.#tasks = tasks
  }

  async open(): Promise<Set<string>> {
    await mkdir(this.directory, { recursive: true })
    await this.#checkVersion()
    const names = await readdir(this.directory)
    await removeTemporaryFiles(this.directory, names)
    const there = new Set<string>()
    for (const name of names) if (name.endsWith(SUFFIX)) there.add(name.slice(0, -SUFFIX.length))
    for await (const [key, content] of this.#journal.entries()) {
      await this.#restore(key, content)
      there.add(fileNameOfKey(key))
    }
    return there
  }

  async stat(key: string): Promise<{ sizeBytes: number; path: string } | null> {
    const path = this.#pathOf(key)
    const found = await stat(path).catch((error: unknown) => {
      if (isErrnoException(error) && error.code === 'ENOENT') return null
      throw EngineError.from(error)
    })
    return found === null ? null : { sizeBytes: found.size, path }
  }

  async get(key: string): Promise<CarIndex> {
    const reader = this.#openFile(key)
    try {
      return await openCarIndex(reader, undefined, { ownsReader: true })
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  async check(keys: string[], signal?: AbortSignal): Promise<IndexCheck[]> {
    const names = keys.map((key) => fileNameOfKey(key) + SUFFIX)
    const noted = await this.#journal.stamps(keys)
    const stamps = noted.map((stamp, i) => (this.#fresh.has(keys[i] ?? '') ? null : stamp))
    const checked = await this.#tasks.run(checkIndexesTask, { directory: this.directory, names, stamps }, { signal })
    return checked.map((result, i) => {
      const key = keys[i] ?? ''
      if ('byteLength' in result) {
        if (result.stamp !== null && !this.#fresh.has(key)) this.#journal.noteStamp(key, result.stamp)
        return { key, byteLength: result.byteLength }
      }
      const error = EngineError.fromValue(result.error)
      return { key, error: error.code === 'FILE_NOT_FOUND' ? this.#missing(key, error) : error }
    })
  }

  async put<Result extends { content: Uint8Array | null }>(
    key: string,
    write: (path: string) => Promise<Result>,
  ): Promise<Result> {
    const path = this.#pathOf(key)
    const result = await write(path)
    this.#fresh.set(key, this.#nextNumber++)
    if (result.content === null) {
      this.#forgetJournalled(key)
      this.#journal.noteStamp(key, await this.#tasks.run(stampIndexTask, { path }))
    } else {
      this.#journal.add(key, result.content)
      this.#journalled.set(key, this.#nextNumber++)
      const { mtimeMs } = statSync(path)
      this.#journal.noteStamp(key, { crc: crc32(result.content), mtimeMs: Math.round(mtimeMs) })
    }
    return result
  }

  async settle(signal?: AbortSignal): Promise<void> {
    const fresh = [...this.#fresh]
    await this.#syncFiles(signal)
    await this.#journal.write()
    for (const [key, number] of fresh) if (this.#fresh.get(key) === number) this.#fresh.delete(key)
  }

  async #syncFiles(signal?: AbortSignal): Promise<void> {
    const waiting = [...this.#journalled]
    if (waiting.length === 0) return
    const synced: Array<[key: string, number: number]> = []
    let next = 0
    const worker = async () => {
      for (let item = waiting[next++]; item !== undefined && signal?.aborted !== true; item = waiting[next++]) {
        await syncFile(this.#pathOf(item[0]))
        synced.push(item)
      }
    }
    await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, worker))
    await syncDirectory(this.directory)
    for (const [key, number] of synced) if (this.#journalled.get(key) === number) this.#forgetJournalled(key)
  }

  async fingerprint(key: string): Promise<string | null> {
    const hash = createHash('sha256')
    try {
      for await (const chunk of createReadStream(this.#pathOf(key), { highWaterMark: READ_BYTES })) hash.update(chunk)
    } catch (error) {
      if (isErrnoException(error) && error.code === 'ENOENT') return null
      throw EngineError.from(error)
    }
    return hash.digest('hex')
  }

  async delete(key: string): Promise<number> {
    this.#forgetJournalled(key)
    this.#journal.noteStamp(key, null)
    this.#fresh.delete(key)
    const found = await this.stat(key)
    if (found === null) return 0
    await rm(found.path, { force: true })
    return found.sizeBytes
  }

  async #checkVersion(): Promise<void> {
    const versionFile = join(this.directory, '.version')
    const version = await readFile(versionFile, 'utf8').catch((error: unknown) => {
      if (isErrnoException(error) && error.code === 'ENOENT') return null
      throw EngineError.from(error)
    })
    if (version === null) await writeFileAtomic(versionFile, VERSION)
    else if (version.trim() !== VERSION)
      throw new EngineError(
        'STORE_CORRUPT',
        `The indexes in ${this.directory} have version ${version.trim()}, which this program does not know.`,
        { details: { path: this.directory } },
      )
  }

  /** Puts a file back that a power cut may have left empty. */
  async #restore(key: string, content: Uint8Array): Promise<void> {
    const path = this.#pathOf(key)
    const found = await readFile(path).catch(() => null)
    if (found === null || !found.equals(content)) await writeFileAtomic(path, content)
    this.#journalled.set(key, this.#nextNumber++)
  }

  #forgetJournalled(key: string): void {
    if (this.#journalled.delete(key)) this.#journal.forget(key)
  }

  #openFile(key: string): FileReader {
    const path = this.#pathOf(key)
    try {
      return FileReader.open(path)
    } catch (error) {
      throw EngineError.is(error, 'FILE_NOT_FOUND') ? this.#missing(key, error) : error
    }
  }

  #missing(key: string, cause: EngineError): EngineError {
    const path = this.#pathOf(key)
    return new EngineError('INDEX_MISSING', `The shard ${key} has no index: ${path} does not exist.`, {
      cause,
      details: { key, path },
    })
  }

  #pathOf(key: string): string {
    return join(this.directory, fileNameOfKey(key) + SUFFIX)
  }
}

/** A file that is gone meanwhile needs no sync. */
async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+')
    try {
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!isErrnoException(error) || error.code !== 'ENOENT') throw EngineError.from(error)
  }
}
