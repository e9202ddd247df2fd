import { type Dispatcher, fetch, type Response } from 'undici'
import { EngineError, throwIfAborted } from '../../base/index.ts'

/** One request to a piece server, with its failures named. */

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5

export interface PieceRequest {
  url: URL
  method: 'GET' | 'HEAD'
  /** Half-open byte range. */
  range?: { start: number; end: number }
  /** A strong ETag: where the piece has another by now, all of it is sent instead of the range. */
  etag?: string | null
  headers: Record<string, string>
  signal?: AbortSignal
  /** Throws where a redirect must not be followed. Default: any may be. */
  mayRedirect?: (from: URL, to: URL) => void
  /** Makes the connections. Default: one that connects anywhere. */
  dispatcher?: Dispatcher
  /** The answer's head must come, and its body move on, within this time. */
  stallTimeoutMs: number
}

/** Sends it. The caller reads or cancels the body, and stops `stall` when it has done so. */
export async function sendPieceRequest(request: PieceRequest): Promise<{ response: Response; stall: StallTimer }> {
  const stall = new StallTimer(request.url, request.stallTimeoutMs)
  stall.start()
  const signals = [stall.signal, ...(request.signal === undefined ? [] : [request.signal])]
  try {
    return { response: await follow(request, AbortSignal.any(signals)), stall }
  } catch (error) {
    stall.stop()
    throwIfAborted(request.signal)
    throw unavailable(request.url, error)
  }
}

/** Redirects are followed here, so that each place they lead to is looked at; secrets do not go along to another. */
async function follow(request: PieceRequest, signal: AbortSignal): Promise<Response> {
  let { url } = request
  let headers = headersOf(request)
  for (let redirects = 0; ; redirects++) {
    const { method, dispatcher } = request
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, dispatcher })
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    await response.body?.cancel()
    if (redirects === MAX_REDIRECTS || !URL.canParse(location, url.href))
      throw protocolError(request.url, 'redirects without an end, or to nowhere')
    const next = new URL(location, url)
    if (next.protocol !== 'http:' && next.protocol !== 'https:')
      throw protocolError(request.url, 'redirects to a place that is not on the web')
    request.mayRedirect?.(url, next)
    if (next.origin !== url.origin) headers = headersOf({ ...request, headers: {} })
    url = next
  }
}

/** The error of a status that is none of those that were hoped for. */
export function statusError(url: URL, status: number): EngineError {
  const details = { url: shown(url), status }
  if (status === 404 || status === 410)
    return new EngineError('PIECE_NOT_FOUND', `${shown(url)} does not hold this piece.`, { details })
  if (status === 401 || status === 403)
    return new EngineError('UNAUTHORIZED', `${shown(url)} may not be read without permission (${status}).`, { details })
  if (status === 408 || status === 429 || status >= 500)
    return new EngineError('PEER_UNAVAILABLE', `${shown(url)} answers ${status}: it cannot serve now.`, { details })
  return new EngineError('PEER_PROTOCOL', `${shown(url)} answers ${status}, which a piece server should not.`, {
    details,
  })
}

export function unavailable(url: URL, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  if (inner instanceof EngineError) return inner
  const why = inner instanceof Error ? inner.message : String(inner)
  return new EngineError('PEER_UNAVAILABLE', `${shown(url)} cannot be read: ${why}.`, {
    cause,
    details: { url: shown(url) },
  })
}

export function protocolError(url: URL, what: string): EngineError {
  return new EngineError('PEER_PROTOCOL', `${shown(url)} ${what}.`, { details: { url: shown(url) } })
}

/** A URL for messages, without what may be secret. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function headersOf({ range, etag, headers }: PieceRequest): Record<string, string> {
  const sent: Record<string, string> = { ...headers, 'accept-encoding': 'identity' }
  if (range !== undefined) sent.range = `bytes=${range.start}-${range.end - 1}`
  if (range !== undefined && typeof etag === 'string') sent['if-range'] = etag
  return sent
}

/** Aborts a request that stands still. */
export class StallTimer {
  readonly #controller = new AbortController()
  readonly #url: URL
  readonly #timeoutMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(url: URL, timeoutMs: number) {
    this.#url = url
    this.#timeoutMs = timeoutMs
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Starts the time anew. */
  start(): void {
    this.stop()
    const expire = () =>
      this.#controller.abort(
        new EngineError('PEER_UNAVAILABLE', `${shown(this.#url)} sent nothing for ${this.#timeoutMs / 1000} seconds.`),
      )
    this.#timer = setTimeout(expire, this.#timeoutMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
