import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { fromErrno, isErrnoException, throwIfAborted } from './engine-error.ts'

/** A file on this machine, as it was when it was opened. */
export interface BackingFile {
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
}

/** Bytes that can be read at any position: a local file, a piece behind HTTP, an unsealed sector. */
export interface RandomAccessReader {
  /** In bytes; fixed while open. */
  readonly size: number
  /** The file that the bytes come from, where it is one: as long as that is the same, so are they. */
  readonly backing?: BackingFile
  /** Fills `into` from `position`. Returns the bytes read: fewer than asked only at the end. */
  readAt(into: Uint8Array, position: number, signal?: AbortSignal): Promise<number>
  /** As readAt, without leaving the thread; absent where the bytes are not on this machine. */
  readAtSync?(into: Uint8Array, position: number): number
  close(): Promise<void>
}

/** A local file, opened for reading. */
export class FileReader implements RandomAccessReader {
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  #fd: number | null

  private constructor(path: string, fd: number, size: number, mtimeMs: number) {
    this.path = path
    this.#fd = fd
    this.size = size
    this.mtimeMs = mtimeMs
  }

  get backing(): BackingFile {
    return this
  }

  static open(path: string): FileReader {
    try {
      const fd = openSync(path, 'r')
      const stat = fstatSync(fd)
      return new FileReader(path, fd, stat.size, stat.mtimeMs)
    } catch (error) {
      throw isErrnoException(error) ? fromErrno(error, path) : error
    }
  }

  readAtSync(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const n = this.#readOnceSync(into, done, position + done)
      if (n === 0) break
      done += n
    }
    return done
  }

  async readAt(into: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    let done = 0
    while (done < into.length) {
      throwIfAborted(signal)
      const n = await this.#readOnce(into, done, position + done)
      if (n === 0) break
      done += n
    }
    return done
  }

  async close(): Promise<void> {
    if (this.#fd === null) return
    closeSync(this.#fd)
    this.#fd = null
  }

  #readOnceSync(into: Uint8Array, offset: number, position: number): number {
    try {
      return readSync(this.#handle(), into, offset, into.length - offset, position)
    } catch (error) {
      throw isErrnoException(error) ? fromErrno(error, this.path) : error
    }
  }

  #readOnce(into: Uint8Array, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#handle(), into, offset, into.length - offset, position, (error, n) => {
        if (error === null) resolve(n)
        else reject(fromErrno(error, this.path))
      })
    })
  }

  #handle(): number {
    if (this.#fd === null)
      throw fromErrno(Object.assign(new Error('file is closed'), { code: 'EBADF', syscall: 'read' }), this.path)
    return this.#fd
  }
}

/** Bytes in memory: for tests and small things. */
export class MemoryReader implements RandomAccessReader {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  readAtSync(into: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(position, position + into.length)
    into.set(part)
    return part.length
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    return this.readAtSync(into, position)
  }

  async close(): Promise<void> {}
}
