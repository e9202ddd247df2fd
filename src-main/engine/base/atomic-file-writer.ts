import { type FileHandle, open, rm } from 'node:fs/promises'
import { renameDurably, temporaryPathFor } from './atomic-file.ts'
import { fromErrno, isErrnoException } from './engine-error.ts'

/**
 * Writes a file too large for memory so that `path` holds either its old content or all of the new, never a part. The
 * bytes go to a temporary file beside it, which `commit` makes durable and renames.
 */
export class AtomicFileWriter {
  readonly path: string
  readonly temporaryPath: string
  readonly #handle: FileHandle
  #position = 0
  #isOpen = true
  #isDone = false

  private constructor(path: string, temporaryPath: string, handle: FileHandle) {
    this.path = path
    this.temporaryPath = temporaryPath
    this.#handle = handle
  }

  static async create(path: string, mode = 0o644): Promise<AtomicFileWriter> {
    const temporaryPath = temporaryPathFor(path)
    try {
      return new AtomicFileWriter(path, temporaryPath, await open(temporaryPath, 'wx+', mode))
    } catch (error) {
      throw named(error, path)
    }
  }

  /** Where the next `append` goes; also the bytes appended so far. */
  get position(): number {
    return this.#position
  }

  async append(bytes: Uint8Array): Promise<void> {
    const position = this.#position
    this.#position += bytes.length
    await this.writeAt(bytes, position)
  }

  /** Leaves a hole of zeros. */
  skip(length: number): void {
    this.#position += length
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done)
        done += bytesWritten
      }
    } catch (error) {
      throw named(error, this.path)
    }
  }

  /** Makes the file durable and puts it in place. */
  async commit(): Promise<void> {
    try {
      await this.#handle.truncate(this.#position)
      await this.#handle.sync()
      await this.#close()
      await renameDurably(this.temporaryPath, this.path)
      this.#isDone = true
    } catch (error) {
      await this.discard()
      throw named(error, this.path)
    }
  }

  /** Removes what was written. Does nothing after `commit`. */
  async discard(): Promise<void> {
    if (this.#isDone) return
    this.#isDone = true
    await this.#close()
    await rm(this.temporaryPath, { force: true })
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#handle.close()
  }
}

function named(error: unknown, path: string): unknown {
  return isErrnoException(error) ? fromErrno(error, path) : error
}
