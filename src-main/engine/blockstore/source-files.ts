/**
 * Reads leaves of linked imports out of the user's own files. Keeps a few files open between reads, since leaves are read
 * in runs from one file, and lets them go when idle, so that a disk can be ejected.
 *
 * The bytes of a leaf count only after they were compared with its hash: size and time of a file prove nothing.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { EngineError, fromErrno, isErrnoException, throwIfAborted } from '../base/index.ts'
import { matchesMultihash } from '../car/index.ts'
import type { SourceRange } from './reference-record.ts'

const MAX_OPEN_FILES = 8
const IDLE_MS = 5_000

interface OpenSource {
  handle: Promise<FileHandle>
  /** Reads under way; the file is not closed before they end. */
  readers: number
  usedAtMs: number
}

export class SourceFiles {
  /** In order of use, the longest unused first. */
  readonly #open = new Map<string, OpenSource>()
  #idleTimer: NodeJS.Timeout | null = null

  /** The bytes of a leaf. SOURCE_MISSING, SOURCE_UNREADABLE, or SOURCE_CHANGED when they are not the leaf's any more. */
  async read(leaf: CID, range: SourceRange, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal)
    const bytes = await this.#readRange(range)
    if (bytes.length < range.size) throw changed(range, 'it is shorter than it was')
    if (!(await matchesMultihash(leaf.multihash, bytes))) throw changed(range, 'its content is not the same any more')
    return bytes
  }

  async close(): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
    const sources = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(sources.map(closeSource))
  }

  async #readRange(range: SourceRange): Promise<Uint8Array> {
    const source = this.#acquire(range.path)
    try {
      const handle = await source.handle
      const bytes = new Uint8Array(range.size)
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, range.offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    } catch (error) {
      this.#drop(range.path, source)
      throw sourceError(range, error)
    } finally {
      this.#release(range.path, source)
    }
  }

  #acquire(path: string): OpenSource {
    const found = this.#open.get(path)
    const source = found ?? { handle: open(path, 'r'), readers: 0, usedAtMs: 0 }
    source.readers++
    source.usedAtMs = Date.now()
    this.#open.delete(path)
    this.#open.set(path, source)
    if (this.#open.size > MAX_OPEN_FILES) this.#evictOldest()
    return source
  }

  #release(path: string, source: OpenSource): void {
    source.readers--
    if (this.#open.get(path) !== source) {
      if (source.readers === 0) void closeSource(source)
      return
    }
    this.#idleTimer ??= setTimeout(() => this.#closeIdle(), IDLE_MS).unref()
  }

  /** Forgets a file, so that the next read opens it anew. The last reader closes it. */
  #drop(path: string, source: OpenSource): void {
    if (this.#open.get(path) === source) this.#open.delete(path)
  }

  #evictOldest(): void {
    const [oldest] = this.#open
    if (oldest === undefined) return
    this.#open.delete(oldest[0])
    if (oldest[1].readers === 0) void closeSource(oldest[1])
  }

  #closeIdle(): void {
    this.#idleTimer = null
    const before = Date.now() - IDLE_MS
    for (const [path, source] of this.#open) {
      if (source.readers > 0 || source.usedAtMs > before) continue
      this.#open.delete(path)
      void closeSource(source)
    }
    if (this.#open.size > 0) this.#idleTimer = setTimeout(() => this.#closeIdle(), IDLE_MS).unref()
  }
}

/** A file that could not be opened, or whose close fails, needs no closing. */
async function closeSource(source: OpenSource): Promise<void> {
  await source.handle.then((handle) => handle.close()).catch(() => {})
}

const MISSING = new Set(['ENOENT', 'ENOTDIR'])

function sourceError(range: SourceRange, error: unknown): unknown {
  if (!isErrnoException(error)) return error
  const details = { path: range.path, offset: range.offset, size: range.size, errno: error.code ?? null }
  if (MISSING.has(error.code ?? ''))
    return new EngineError(
      'SOURCE_MISSING',
      `${range.path}, the source of this linked import, is not there any more: put it back, or link the import to its new place.`,
      { details, cause: error },
    )
  if (error.code === 'EMFILE' || error.code === 'ENFILE') return fromErrno(error, range.path)
  if (error.code === 'EISDIR') return changed(range, 'it is a folder now')
  return new EngineError(
    'SOURCE_UNREADABLE',
    `${range.path}, the source of this linked import, cannot be read (${error.code}): check its permissions and its disk.`,
    { details, cause: error },
  )
}

function changed(range: SourceRange, how: string): EngineError {
  return new EngineError(
    'SOURCE_CHANGED',
    `${range.path}, the source of this linked import, has changed since: ${how} at byte ${range.offset}. Import it again.`,
    { details: { path: range.path, offset: range.offset, size: range.size } },
  )
}
