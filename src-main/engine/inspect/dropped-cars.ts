import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError, fromErrno, isErrnoException, type Logger } from '../base/index.ts'

export interface DroppedCarsOptions {
  /** Where the copies lie, each in a folder of its own. */
  folder: string
  /** Whether something refers to a copy, which is then kept. */
  isUsed(path: string): boolean
  log: Logger
}

/** Copies cannot be written to. What a repair writes beside one can, and is the user's. */
const READ_ONLY = 0o400
const ANY_WRITE = 0o222
/** Room that is left to everything else. */
const SPARE_BYTES = 64 << 20

/**
 * CARs that were dropped on a window in a browser, where a file has no path: copies of them, so that they can be verified,
 * repaired, imported and made pieces as files of this machine. There is one at a time: the next one, the end and the start
 * of the engine remove those that nothing refers to.
 */
export class DroppedCars {
  readonly #options: DroppedCarsOptions
  #receiving = 0

  constructor(options: DroppedCarsOptions) {
    this.#options = options
  }

  /**
   * Copies what arrives, and gives the path of the copy. NO_SPACE before the first byte where it would not fit; nothing is
   * left of a copy that did not become whole. `name` must be that of a file, without slashes.
   */
  async receive(input: {
    name: string
    sizeBytes: number | undefined
    stream: AsyncIterable<Uint8Array>
  }): Promise<{ path: string }> {
    const { folder } = this.#options
    if (this.#receiving === 0) await this.clear()
    this.#receiving++
    const own = join(folder, randomUUID())
    const path = join(own, input.name)
    try {
      await mkdir(own, { recursive: true, mode: 0o700 })
      await this.#mustFit(input.sizeBytes ?? 0)
      await pipeline(
        Readable.from(input.stream, { objectMode: true }),
        createWriteStream(path, { flags: 'wx', mode: READ_ONLY }),
      )
      return { path }
    } catch (error) {
      await rm(own, { recursive: true, force: true })
      throw isErrnoException(error) ? fromErrno(error, path) : error
    } finally {
      this.#receiving--
    }
  }

  /** Removes the copies that nothing refers to. */
  async clear(): Promise<void> {
    const { folder, isUsed, log } = this.#options
    try {
      for (const own of await readdir(folder).catch(() => [])) {
        for (const name of await readdir(join(folder, own))) {
          const path = join(folder, own, name)
          if (((await stat(path)).mode & ANY_WRITE) === 0 && !isUsed(path)) await rm(path, { force: true })
        }
        await rmdir(join(folder, own)).catch(() => {}) // something else is in it
      }
    } catch (error) {
      log.warn('A dropped CAR could not be removed', { error: EngineError.from(error).message })
    }
  }

  async #mustFit(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.folder)
    if (sizeBytes + SPARE_BYTES <= bavail * bsize) return
    throw new EngineError(
      'NO_SPACE',
      `The copy of the dropped file needs ${sizeBytes} bytes, more than the disk of ${this.#options.folder} has free. Verify it with "carport car verify" where it lies, which needs no copy.`,
    )
  }
}
