import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, FileReader, isErrnoException, removeTemporaryFiles, writeFileAtomic } from '../../base/index.ts'
import { type CarIndex, openCarIndex } from '../../car/index.ts'
import { fileNameOfKey } from '../file-names.ts'
import type { IndexRepo } from './index-repo.ts'

const VERSION = '1'
const SUFFIX = '.full.idx'
const READ_BYTES = 4 * 1024 * 1024

/** Indexes as files `<key>.full.idx` beside a file `.version`, the layout of Go's dagstore. */
export class DirectoryIndexRepo implements IndexRepo {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true })
    await removeTemporaryFiles(this.directory)
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

  async known(): Promise<{ has(key: string): boolean; size: number }> {
    const names = new Set((await readdir(this.directory)).filter((name) => name.endsWith(SUFFIX)))
    return { has: (key) => names.has(fileNameOfKey(key) + SUFFIX), size: names.size }
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

  async put<Result>(key: string, write: (path: string) => Promise<Result>): Promise<Result> {
    return write(this.#pathOf(key))
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
    const found = await this.stat(key)
    if (found === null) return 0
    await rm(found.path, { force: true })
    return found.sizeBytes
  }

  async totalBytes(): Promise<number> {
    let total = 0
    for (const name of await readdir(this.directory)) {
      if (!name.endsWith(SUFFIX)) continue
      total += await stat(join(this.directory, name)).then(
        ({ size }) => size,
        () => 0,
      )
    }
    return total
  }

  #openFile(key: string): FileReader {
    const path = this.#pathOf(key)
    try {
      return FileReader.open(path)
    } catch (error) {
      if (!EngineError.is(error, 'FILE_NOT_FOUND')) throw error
      throw new EngineError('INDEX_MISSING', `The shard ${key} has no index: ${path} does not exist.`, {
        cause: error,
        details: { key, path },
      })
    }
  }

  #pathOf(key: string): string {
    return join(this.directory, fileNameOfKey(key) + SUFFIX)
  }
}
