import type { Response } from 'undici'
import { type Clock, EngineError, retry, TaskQueue, throwIfAborted } from '../../base/index.ts'
import { ForwardStream } from './forward-stream.ts'
import { type PieceRequest, protocolError, sendPieceRequest, shown, statusError, unavailable } from './piece-request.ts'

/** What a piece server says of a piece. */
export interface RemotePiece {
  url: URL
  size: number
  /** null where the server gives none, or a weak one. */
  etag: string | null
  /** Differs where the bytes do, as far as the server lets on: by ETag, else by time of change; and by size. */
  version: string
  /** Whether the server gives byte ranges; null where it has not said. */
  ranges: boolean | null
}

export interface HttpPieceTuning {
  clock: Clock
  headers: Record<string, string>
  stallTimeoutMs: number
  attempts: number
  firstDelayMs: number
  mayRedirect?: PieceRequest['mayRedirect']
  dispatcher?: PieceRequest['dispatcher']
}

const MAX_DELAY_MS = 10_000

/** Asks for a piece's size and version. null when the server does not hold it. */
export function askForPiece(url: URL, tuning: HttpPieceTuning, signal?: AbortSignal): Promise<RemotePiece | null> {
  return withRetries(tuning, signal, async () => {
    const head = await ask({ url, method: 'HEAD', signal, ...tuning })
    // A server that knows no HEAD may still know ranges.
    if (![405, 501].includes(head.status)) return remotePieceFrom(url, head, head.headers.get('content-length'))
    return askForFirstByte(url, tuning, signal)
  })
}

/** As `askForPiece`, and whether the server gives byte ranges is known for certain. */
export async function askForSeekablePiece(
  url: URL,
  tuning: HttpPieceTuning,
  signal?: AbortSignal,
): Promise<RemotePiece | null> {
  const piece = await askForPiece(url, tuning, signal)
  if (piece === null || piece.ranges !== null || piece.size === 0) return piece
  return withRetries(tuning, signal, () => askForFirstByte(url, tuning, signal))
}

async function askForFirstByte(url: URL, tuning: HttpPieceTuning, signal?: AbortSignal): Promise<RemotePiece | null> {
  const first = await ask({ url, method: 'GET', range: { start: 0, end: 1 }, signal, ...tuning })
  const total = first.headers.get('content-range')?.split('/')[1] ?? first.headers.get('content-length')
  const piece = remotePieceFrom(url, first, total)
  return piece === null ? null : { ...piece, ranges: first.status === 206 }
}

/**
 * Fills buffers with byte ranges of one piece, and tries again from where a connection broke. A server that answers
 * ranges with the whole piece is read as one stream, which starts anew when a read goes back.
 */
export class PieceConnection {
  readonly #piece: RemotePiece
  readonly #tuning: HttpPieceTuning
  readonly #forwardReads = new TaskQueue()
  #knowsRanges = true
  #forward: ForwardStream | null = null
  readonly #closing = new AbortController()

  constructor(piece: RemotePiece, tuning: HttpPieceTuning) {
    this.#piece = piece
    this.#tuning = tuning
  }

  async fill(into: Uint8Array, position: number, signal?: AbortSignal): Promise<void> {
    let done = 0
    await withRetries(this.#tuning, signal, async () => {
      while (done < into.length) done += await this.#fillSome(into.subarray(done), position + done, signal)
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#forward?.cancel()
  }

  async #fillSome(into: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<number> {
    if (!this.#knowsRanges) return this.#forwardReads.run(() => this.#readForward(into, position, signal))
    const range = { start: position, end: position + into.length }
    const { response, stall } = await sendPieceRequest({ ...this.#request(signal), range })
    const stream = new ForwardStream(this.#bodyOf(response), stall)
    try {
      if (response.status === 200) {
        this.#requireSameVersion(response)
        this.#knowsRanges = false
        return 0
      }
      this.#requireRange(response, range.start)
      return await this.#readSome(stream, into, 0, signal)
    } finally {
      await stream.cancel()
    }
  }

  async #readForward(into: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<number> {
    if (this.#forward !== null && this.#forward.position > position) await this.#endForward()
    this.#forward ??= await this.#startForward()
    try {
      return await this.#readSome(this.#forward, into, position, signal)
    } catch (error) {
      await this.#endForward()
      throw error
    }
  }

  async #startForward(): Promise<ForwardStream> {
    const { response, stall } = await sendPieceRequest(this.#request(this.#closing.signal))
    if (response.status !== 200) throw statusError(this.#piece.url, response.status)
    this.#requireSameVersion(response)
    return new ForwardStream(this.#bodyOf(response), stall)
  }

  async #endForward(): Promise<void> {
    await this.#forward?.cancel()
    this.#forward = null
  }

  async #readSome(stream: ForwardStream, into: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    let n: number
    try {
      n = await stream.read(into, position)
    } catch (error) {
      throwIfAborted(signal)
      throw unavailable(this.#piece.url, error)
    }
    if (n === 0) throw unavailable(this.#piece.url, new Error('the answer ended too early'))
    return n
  }

  #request(signal: AbortSignal | undefined): PieceRequest {
    const { url, etag } = this.#piece
    const { headers, stallTimeoutMs, mayRedirect, dispatcher } = this.#tuning
    return { url, method: 'GET', etag, headers, signal, stallTimeoutMs, mayRedirect, dispatcher }
  }

  #requireRange(response: Response, start: number): void {
    const { url, size } = this.#piece
    if (response.status === 416) throw this.#changed()
    if (response.status !== 206) throw statusError(url, response.status)
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? []
    if (Number(from) !== start) throw protocolError(url, 'answers with another range than was asked for')
    if (total !== '*' && Number(total) !== size) throw this.#changed()
    this.#requireSameEtag(response) // not every server minds If-Range
  }

  #requireSameVersion(response: Response): void {
    const length = response.headers.get('content-length')
    if (length !== null && Number(length) !== this.#piece.size) throw this.#changed()
    this.#requireSameEtag(response)
  }

  #requireSameEtag(response: Response): void {
    const etag = strongEtag(response)
    if (etag !== null && this.#piece.etag !== null && etag !== this.#piece.etag) throw this.#changed()
  }

  #bodyOf(response: Response): ReadableStream<Uint8Array> {
    if (response.body === null) throw protocolError(this.#piece.url, 'answers without a body')
    return response.body as ReadableStream<Uint8Array> // undici names the one of node:stream/web
  }

  #changed(): EngineError {
    const url = shown(this.#piece.url)
    return new EngineError('FILE_CHANGED', `The piece at ${url} changed while it was read.`, { details: { url } })
  }
}

async function ask(request: PieceRequest): Promise<Response> {
  const { response, stall } = await sendPieceRequest(request)
  await response.body?.cancel()
  stall.stop()
  return response
}

function remotePieceFrom(url: URL, response: Response, length: string | null | undefined): RemotePiece | null {
  if (response.status === 404 || response.status === 410) return null
  if (response.status !== 200 && response.status !== 206) throw statusError(url, response.status)
  if ((response.headers.get('content-encoding') ?? 'identity') !== 'identity')
    throw protocolError(url, 'compresses the piece, so that its bytes cannot be addressed')
  if (length === null || length === undefined || !/^\d+$/.test(length))
    throw protocolError(url, 'does not say how long the piece is')
  const etag = strongEtag(response)
  const version = `${etag ?? response.headers.get('last-modified') ?? ''} ${length}`
  return { url, size: Number(length), etag, version, ranges: rangesOf(response) }
}

function rangesOf({ headers }: Response): boolean | null {
  const accepted = headers.get('accept-ranges')?.toLowerCase()
  if (accepted === 'bytes') return true
  return accepted === 'none' ? false : null
}

function strongEtag(response: Response): string | null {
  const etag = response.headers.get('etag')
  return etag?.startsWith('"') === true ? etag : null
}

function withRetries<Result>(
  { clock, attempts, firstDelayMs }: HttpPieceTuning,
  signal: AbortSignal | undefined,
  task: () => Promise<Result>,
): Promise<Result> {
  return retry(task, { clock, signal, attempts, firstDelayMs, maxDelayMs: MAX_DELAY_MS, factor: 2 })
}
