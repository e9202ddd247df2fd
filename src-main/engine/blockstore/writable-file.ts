/**
 * A file that is read and written at positions: the port beneath every CAR that Carport writes. Crash tests put a
 * recorder in its place and cut what it recorded anywhere.
 */
import { close, fstat, fsync, ftruncate, open, read, readSync, write } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { EngineError, fromErrno, isErrnoException, type RandomAccessReader, syncDirectory } from '../base/index.ts'

export interface WritableFile {
  readonly path: string
  /** Size at the time of the call. */
  size(): Promise<number>
  /** Fills `into` from `position`. Returns the bytes read: fewer than asked only at the end. */
  readAt(into: Uint8Array, position: number): Promise<number>
  readAtSync(into: Uint8Array, position: number): number
  /** Writes all of `bytes`. After an error any part of them may be on disk. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  /** Content and size survive a power cut from here on. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Opens for reading and writing; creates an empty file where there is none, and makes its name durable. */
export type OpenWritableFile = (path: string) => Promise<WritableFile>

/** The local file system. */
export const openLocalFile: OpenWritableFile = async (path) => {
  let created = false
  let fd = await attempt(path, () => openFd(path, 'r+')).catch((error: unknown) => {
    if (EngineError.is(error, 'FILE_NOT_FOUND')) return null
    throw error
  })
  if (fd === null) {
    fd = await attempt(path, () => openFd(path, 'wx+', 0o644))
    created = true
  }
  if (created) await attempt(path, () => syncDirectory(dirname(path)))
  return new LocalFile(path, fd)
}

/** The first `sizeBytes` of a writable file, for code that only reads. Closing it leaves the file open. */
export function readerOver(file: WritableFile, sizeBytes: number): RandomAccessReader {
  const clip = (into: Uint8Array, position: number) => into.subarray(0, Math.max(0, sizeBytes - position))
  return {
    size: sizeBytes,
    readAt: (into, position) => file.readAt(clip(into, position), position),
    readAtSync: (into, position) => file.readAtSync(clip(into, position), position),
    close: async () => {},
  }
}

/** Position of the first byte from `position` on that is not zero; null when all are. */
export async function firstNonZero(
  reader: RandomAccessReader,
  position: number,
  signal?: AbortSignal,
): Promise<number | null> {
  const chunk = Buffer.alloc(64 << 10)
  const zeros = Buffer.alloc(chunk.length)
  for (let at = position; at < reader.size; at += chunk.length) {
    const got = await reader.readAt(chunk, at, signal)
    if (chunk.compare(zeros, 0, got, 0, got) === 0) continue
    return at + chunk.findIndex((byte) => byte !== 0)
  }
  return null
}

/**
 * Stops writing for good after a failed sync: the system may have dropped what it could not write, and a second sync
 * would not tell.
 */
export function stopAfterFailedSync(file: WritableFile): WritableFile {
  let failure: unknown = null
  const unlessFailed = async (action: () => Promise<void>) => {
    if (failure !== null) throw failure
    await action()
  }
  return {
    path: file.path,
    size: () => file.size(),
    readAt: (into, position) => file.readAt(into, position),
    readAtSync: (into, position) => file.readAtSync(into, position),
    writeAt: (bytes, position) => unlessFailed(() => file.writeAt(bytes, position)),
    truncate: (sizeBytes) => unlessFailed(() => file.truncate(sizeBytes)),
    sync: () =>
      unlessFailed(async () => {
        try {
          await file.sync()
        } catch (error) {
          failure = error
          throw error
        }
      }),
    close: () => file.close(),
  }
}

const openFd = promisify(open)
const fstatFd = promisify(fstat)
const fsyncFd = promisify(fsync)
const ftruncateFd = promisify(ftruncate)
const closeFd = promisify(close)

class LocalFile implements WritableFile {
  readonly path: string
  #fd: number | null

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  size(): Promise<number> {
    return attempt(this.path, async () => (await fstatFd(this.#handle())).size)
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      const n = await this.#readOnce(into, done, position + done)
      if (n === 0) break
      done += n
    }
    return done
  }

  readAtSync(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const n = readSync(this.#handle(), into, done, into.length - done, position + done)
      if (n === 0) break
      done += n
    }
    return done
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0
    while (done < bytes.length) done += await this.#writeOnce(bytes, done, position + done)
  }

  truncate(sizeBytes: number): Promise<void> {
    return attempt(this.path, () => ftruncateFd(this.#handle(), sizeBytes))
  }

  sync(): Promise<void> {
    return attempt(this.path, () => fsyncFd(this.#handle()))
  }

  async close(): Promise<void> {
    if (this.#fd === null) return
    const fd = this.#fd
    this.#fd = null
    await attempt(this.path, () => closeFd(fd))
  }

  #readOnce(into: Uint8Array, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#handle(), into, offset, into.length - offset, position, (error, n) => {
        if (error === null) resolve(n)
        else reject(fromErrno(error, this.path))
      })
    })
  }

  #writeOnce(bytes: Uint8Array, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#handle(), bytes, offset, bytes.length - offset, position, (error, n) => {
        if (error === null) resolve(n)
        else reject(fromErrno(error, this.path))
      })
    })
  }

  #handle(): number {
    if (this.#fd === null) throw new EngineError('CLOSED', `${this.path} is closed.`)
    return this.#fd
  }
}

async function attempt<Result>(path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
