import { hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readFile, rm } from 'node:fs/promises'
import { fromErrno, isErrnoException } from '../base/index.ts'
import { PIECE_CHUNK_BYTES } from '../commp/index.ts'

/**
 * Which chunks of a piece have arrived, and the root of each one's subtree, so that neither bytes nor hashing are
 * repeated after a crash. Text: a line that says which piece it is about, then a line for each chunk, each with a
 * check sum.
 *
 * Invariant: a chunk is noted only after its bytes are durable, so what the journal says is true after a power cut,
 * too. A torn last line is cut off.
 */

export interface JournalSubject {
  pieceCid: string
  sizeBytes: number
}

interface Head extends JournalSubject {
  version: 1
  chunkBytes: number
  /** What the source called the bytes, for If-Range. */
  etag: string | null
}

export class PieceJournal {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #syncData: () => Promise<void>
  readonly #roots: Map<number, Uint8Array>
  #head: Head
  #pending: Array<[index: number, root: Uint8Array]> = []
  #flushing: Promise<void> | null = null
  #failure: unknown

  private constructor(path: string, handle: FileHandle, syncData: () => Promise<void>, content: Content) {
    this.#path = path
    this.#handle = handle
    this.#syncData = syncData
    this.#head = content.head
    this.#roots = content.roots
  }

  /** Reads what is there; a journal about anything else, or none, gives an empty one. */
  static async open(
    path: string,
    subject: JournalSubject,
    options: { fresh: boolean; syncData: () => Promise<void> },
  ): Promise<PieceJournal> {
    const head: Head = { version: 1, ...subject, chunkBytes: PIECE_CHUNK_BYTES, etag: null }
    const found = options.fresh ? null : await readJournal(path, head)
    const handle = await attempt(path, () => open(path, found === null ? 'w' : 'r+'))
    const journal = new PieceJournal(path, handle, options.syncData, found ?? { head, roots: new Map(), length: 0 })
    if (found === null) await journal.#writeHead()
    else await attempt(path, () => handle.truncate(found.length))
    return journal
  }

  get etag(): string | null {
    return this.#head.etag
  }

  /** Roots by chunk. */
  get roots(): ReadonlyMap<number, Uint8Array> {
    return this.#roots
  }

  /** Starts over, for bytes that the source calls otherwise. */
  async reset(etag: string | null): Promise<void> {
    await this.flush()
    this.#roots.clear()
    this.#head = { ...this.#head, etag }
    await this.#writeHead()
  }

  /** Remembers a chunk that has been written; on disk soon, after the data. */
  note(index: number, root: Uint8Array): void {
    this.#roots.set(index, root)
    this.#pending.push([index, root])
    // A failure is thrown by the next `flush`; what is pending stays so.
    if (this.#flushing === null) this.flush().catch(() => {})
  }

  /** All that was noted is durable. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#flushing !== null) {
      if (this.#failure !== undefined) throw this.#failure
      this.#flushing ??= this.#writePending().finally(() => {
        this.#flushing = null
      })
      await this.#flushing
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async remove(): Promise<void> {
    await this.#handle.close()
    await rm(this.#path, { force: true })
  }

  async #writePending(): Promise<void> {
    const batch = this.#pending
    this.#pending = []
    try {
      await this.#syncData()
      const lines = batch.map(([index, root]) => withSum(`${index} ${Buffer.from(root).toString('hex')}`)).join('')
      const { size } = await this.#handle.stat()
      await this.#handle.write(Buffer.from(lines), 0, lines.length, size)
      await this.#handle.datasync()
    } catch (error) {
      this.#failure = isErrnoException(error) ? fromErrno(error, this.#path) : error
      throw this.#failure
    }
  }

  async #writeHead(): Promise<void> {
    await attempt(this.#path, async () => {
      await this.#handle.truncate(0)
      const line = withSum(JSON.stringify(this.#head))
      await this.#handle.write(Buffer.from(line), 0, Buffer.byteLength(line), 0)
      await this.#handle.datasync()
    })
  }
}

interface Content {
  head: Head
  roots: Map<number, Uint8Array>
  /** Bytes of the lines that are whole. */
  length: number
}

async function readJournal(path: string, expected: Head): Promise<Content | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [first = '', ...lines] = text.split('\n')
  const head = parseHead(unsummed(first))
  if (head === null || head.pieceCid !== expected.pieceCid || head.sizeBytes !== expected.sizeBytes) return null
  if (head.version !== 1 || head.chunkBytes !== PIECE_CHUNK_BYTES) return null
  const roots = new Map<number, Uint8Array>()
  let length = Buffer.byteLength(first) + 1
  for (const line of lines) {
    const [index = '', root = ''] = unsummed(line)?.split(' ') ?? []
    if (!/^\d+$/.test(index) || root.length !== 64) break
    roots.set(Number(index), Buffer.from(root, 'hex'))
    length += line.length + 1
  }
  return { head, roots, length }
}

function parseHead(text: string | null): Head | null {
  try {
    return text === null ? null : (JSON.parse(text) as Head)
  } catch {
    return null
  }
}

function withSum(text: string): string {
  return `${text} ${checkSum(text)}\n`
}

/** The text before a check sum that fits it; null for a line that is torn. */
function unsummed(line: string): string | null {
  const at = line.lastIndexOf(' ')
  const text = line.slice(0, Math.max(0, at))
  return at > 0 && line.slice(at + 1) === checkSum(text) ? text : null
}

function checkSum(text: string): string {
  return hash('sha256', text).slice(0, 16)
}

async function attempt<Result>(path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
