import { type FileHandle, open } from 'node:fs/promises'
import { fromErrno, isErrnoException } from '../../base/index.ts'

/** A file that is changed in place. Each failure names the file. */
export class FileEditor {
  readonly #path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  static async open(path: string): Promise<FileEditor> {
    try {
      return new FileEditor(path, await open(path, 'r+'))
    } catch (error) {
      throw isErrnoException(error) ? fromErrno(error, path) : error
    }
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    await this.#named(async () => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done)
        done += bytesWritten
      }
    })
  }

  truncate(size: number): Promise<void> {
    return this.#named(() => this.#handle.truncate(size))
  }

  /** Makes what was written durable. */
  sync(): Promise<void> {
    return this.#named(() => this.#handle.sync())
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #named<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw isErrnoException(error) ? fromErrno(error, this.#path) : error
    }
  }
}
