import type { CID } from 'multiformats/cid'
import { EngineError, type TaskRunner, throwIfAborted } from '../base/index.ts'
import { type OpenWritableFile, openLocalFile, type WritableFile } from '../blockstore/index.ts'
import { commitmentFromChunks, PIECE_CHUNK_BYTES, type PieceCommitment, subtreeTask } from '../commp/index.ts'
import { type HttpClient, type PeerResponse, peerProtocol } from '../net/index.ts'
import { PieceJournal } from './piece-journal.ts'

/**
 * Pulls a piece's bytes over HTTP into a file, and computes their commitment while they come. Chunks are asked for with
 * Range, a few at a time, each on fr32's grid so that its subtree can be hashed alone, in any order (transfers.md 5).
 * Called again on the same files it goes on with the chunks that are missing.
 */
export interface PiecePull {
  url: string
  /** Secrets of the transfer. */
  headers: Record<string, string>
  /** Where the bytes go; the journal lies beside it, at `<path>.journal`. */
  path: string
  sizeBytes: number
  /** What the bytes are said to be. Whether they are is for the caller to compare. */
  pieceCid: CID
  client: HttpClient
  tasks: TaskRunner
  signal: AbortSignal
  /** Parallel requests. Default 4, since servers of the field allow five or more; 2 from this machine, where nothing is gained by more. */
  connections?: number
  onProgress(doneBytes: number): void
  onNote(message: string): void
  openFile?: OpenWritableFile
}

const CONNECTIONS = 4
const LOOPBACK_CONNECTIONS = 2

/**
 * Resolves when every byte is durable. PEER_UNAVAILABLE and PEER_PROTOCOL may be tried again; NO_SPACE keeps what is
 * there; PEER_PROTOCOL also when the source has more or fewer bytes than it should.
 */
export async function pullPiece(pull: PiecePull): Promise<PieceCommitment> {
  const file = await (pull.openFile ?? openLocalFile)(pull.path)
  try {
    const fresh = (await file.size()) !== pull.sizeBytes
    if (fresh) await file.truncate(pull.sizeBytes)
    const journal = await PieceJournal.open(
      journalPath(pull.path),
      { pieceCid: pull.pieceCid.toString(), sizeBytes: pull.sizeBytes },
      { fresh, syncData: () => file.sync() },
    )
    try {
      await new Pulling(pull, file, journal).run()
      await file.sync()
      const roots = chunksOf(pull.sizeBytes).map((index) => journal.roots.get(index) ?? new Uint8Array(0))
      return commitmentFromChunks(roots, pull.sizeBytes)
    } finally {
      await journal.close()
    }
  } finally {
    await file.close()
  }
}

export function journalPath(path: string): string {
  return `${path}.journal`
}

class Pulling {
  readonly #pull: PiecePull
  readonly #file: WritableFile
  readonly #journal: PieceJournal
  readonly #todo: number[]
  readonly #stop = new AbortController()
  readonly #spare: Uint8Array[] = []
  readonly #hashing = new Set<Promise<void>>()
  #doneBytes: number
  /** Bytes of chunks under way. */
  #partialBytes = 0

  constructor(pull: PiecePull, file: WritableFile, journal: PieceJournal) {
    this.#pull = pull
    this.#file = file
    this.#journal = journal
    this.#todo = chunksOf(pull.sizeBytes).filter((index) => !journal.roots.has(index))
    this.#doneBytes = [...journal.roots.keys()].reduce((sum, index) => sum + this.#lengthOf(index), 0)
  }

  async run(): Promise<void> {
    this.#report()
    const [first] = this.#todo
    if (first === undefined) return
    const onAbort = () => this.#stop.abort(this.#pull.signal.reason)
    this.#pull.signal.addEventListener('abort', onAbort, { once: true })
    if (this.#pull.signal.aborted) onAbort()
    try {
      // The first answer tells whether the source can give ranges at all.
      const response = await this.#request(first)
      if (response.status === 206) await this.#takeRanges(first, response)
      else await this.#takeStream(response)
      throwIfAborted(this.#stop.signal)
    } finally {
      this.#pull.signal.removeEventListener('abort', onAbort)
      this.#stop.abort()
      await Promise.allSettled(this.#hashing)
      await this.#journal.flush()
    }
  }

  async #takeRanges(first: number, response: PeerResponse): Promise<void> {
    if (this.#journal.etag === null && this.#journal.roots.size === 0) await this.#journal.reset(strongEtag(response))
    this.#todo.shift()
    const lanes = [this.#lane(this.#takeChunk(first, response))]
    const { url } = this.#pull
    const usual = /^(?:127\.|localhost$|\[::1\])/.test(new URL(url).hostname) ? LOOPBACK_CONNECTIONS : CONNECTIONS
    const more = Math.min(this.#pull.connections ?? usual, this.#todo.length + 1)
    while (lanes.length < more) lanes.push(this.#lane(Promise.resolve()))
    await settleAll(lanes, this.#stop)
    await Promise.all(this.#hashing)
  }

  async #lane(before: Promise<void>): Promise<void> {
    await before
    for (let index = this.#todo.shift(); index !== undefined; index = this.#todo.shift()) {
      throwIfAborted(this.#stop.signal)
      const response = await this.#request(index)
      if (response.status !== 206) {
        response.discard()
        throw peerProtocol(response.origin, 'it gave a range of the data at first, and then would not')
      }
      await this.#takeChunk(index, response)
    }
  }

  /** Asks for a chunk. Resolves with 206, or with 200 where the source gives all or nothing. */
  async #request(index: number): Promise<PeerResponse> {
    const start = index * PIECE_CHUNK_BYTES
    const { url, headers, client } = this.#pull
    const { etag } = this.#journal
    const response = await client.request(url, {
      headers: {
        ...headers,
        Range: `bytes=${start}-${start + this.#lengthOf(index) - 1}`,
        ...(etag === null ? {} : { 'If-Range': etag }),
      },
      signal: this.#stop.signal,
    })
    if (response.status === 206) this.#checkRange(response, start, this.#lengthOf(index))
    else if (response.status === 416) throw this.#wrongSize(response, null)
    else if (response.status !== 200) throw await response.error()
    return response
  }

  #checkRange(response: PeerResponse, start: number, length: number): void {
    const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '')
    const total = match?.[3]
    const size = this.#pull.sizeBytes
    let problem: EngineError | null = null
    if (total !== undefined && total !== '*' && Number(total) !== size)
      problem = this.#wrongSize(response, Number(total))
    else if (match === null || Number(match[1]) !== start || Number(match[2]) !== start + length - 1)
      problem = peerProtocol(response.origin, 'it gives another range of the data than the one asked for')
    if (problem === null) return
    response.discard()
    throw problem
  }

  async #takeChunk(index: number, response: PeerResponse): Promise<void> {
    const length = this.#lengthOf(index)
    const buffer = this.#buffer()
    let filled = 0
    try {
      for await (const batch of response.batches()) {
        for (const part of batch) {
          if (filled + part.length > length)
            throw peerProtocol(response.origin, 'it sends more bytes than were asked for')
          buffer.set(part, filled)
          filled += part.length
          this.#partialBytes += part.length
        }
        this.#report()
      }
      if (filled < length) throw peerProtocol(response.origin, `it ended a range after ${filled} of ${length} bytes`)
      await this.#keep(index, buffer, length)
    } finally {
      this.#partialBytes -= filled
    }
  }

  /** The whole from its start, from a source that cannot give ranges, or whose bytes are not those of before. */
  async #takeStream(response: PeerResponse): Promise<void> {
    const { contentLength } = response
    const { sizeBytes } = this.#pull
    if (contentLength !== null && contentLength !== sizeBytes) {
      response.discard()
      throw this.#wrongSize(response, contentLength)
    }
    if (this.#journal.etag !== null && this.#journal.etag !== strongEtag(response)) {
      this.#pull.onNote('The data at the source has changed; starting from the beginning.')
      await this.#journal.reset(strongEtag(response))
      this.#doneBytes = 0
    } else if (this.#journal.roots.size > 0)
      this.#pull.onNote('The source cannot give a part of the data; starting from the beginning.')
    let index = 0
    let buffer = this.#buffer()
    let filled = 0
    for await (const batch of response.batches()) {
      for (const part of batch) {
        for (let from = 0; from < part.length; ) {
          const room = this.#lengthOf(index) - filled
          if (room <= 0) throw this.#wrongSize(response, null)
          const piece = part.subarray(from, from + room)
          buffer.set(piece, filled)
          filled += piece.length
          from += piece.length
          if (filled < this.#lengthOf(index)) continue
          if (!this.#journal.roots.has(index)) {
            await this.#keep(index, buffer, filled)
            buffer = this.#buffer()
          }
          index++
          filled = 0
        }
      }
      this.#report()
    }
    if (index < chunksOf(sizeBytes).length)
      throw peerProtocol(response.origin, `it ended before the ${sizeBytes} bytes that it should have`)
    await Promise.all(this.#hashing)
  }

  /** Writes a chunk and hands it to a worker; waits only while workers are far behind. The buffer is given away. */
  async #keep(index: number, buffer: Uint8Array, length: number): Promise<void> {
    await this.#file.writeAt(buffer.subarray(0, length), index * PIECE_CHUNK_BYTES)
    while (this.#hashing.size > this.#pull.tasks.parallelism) await Promise.race(this.#hashing)
    throwIfAborted(this.#stop.signal)
    const hashed = this.#hash(index, buffer, length)
      .catch((error: unknown) => this.#stop.abort(EngineError.from(error)))
      .finally(() => this.#hashing.delete(hashed))
    this.#hashing.add(hashed)
  }

  async #hash(index: number, buffer: Uint8Array, length: number): Promise<void> {
    const { root, bytes } = await this.#pull.tasks.run(
      subtreeTask,
      { bytes: buffer, length },
      { signal: this.#stop.signal, transfer: [buffer.buffer as ArrayBuffer] },
    )
    this.#spare.push(bytes)
    this.#journal.note(index, root)
    this.#doneBytes += length
    this.#report()
  }

  #buffer(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(Math.min(PIECE_CHUNK_BYTES, this.#pull.sizeBytes))
  }

  #lengthOf(index: number): number {
    return Math.max(0, Math.min(PIECE_CHUNK_BYTES, this.#pull.sizeBytes - index * PIECE_CHUNK_BYTES))
  }

  #report(): void {
    this.#pull.onProgress(Math.min(this.#pull.sizeBytes, this.#doneBytes + this.#partialBytes))
  }

  #wrongSize(response: PeerResponse, size: number | null): EngineError {
    const has = size === null ? 'another number of' : String(size)
    return peerProtocol(response.origin, `it has ${has} bytes, but the deal is about ${this.#pull.sizeBytes}`)
  }
}

function chunksOf(sizeBytes: number): number[] {
  return Array.from({ length: Math.ceil(sizeBytes / PIECE_CHUNK_BYTES) }, (_, index) => index)
}

/** A weak ETag does not say that the bytes are the same. */
function strongEtag(response: PeerResponse): string | null {
  const { etag } = response.headers
  return etag === undefined || etag.startsWith('W/') ? null : etag
}

/** Waits for all; the first failure stops the rest and is thrown once nothing is under way. */
async function settleAll(work: Array<Promise<void>>, stop: AbortController): Promise<void> {
  let failure: unknown
  let failed = false
  await Promise.all(
    work.map((task) =>
      task.catch((error: unknown) => {
        if (!failed) failure = error
        failed = true
        stop.abort(EngineError.from(error))
      }),
    ),
  )
  if (failed) throw failure
}
