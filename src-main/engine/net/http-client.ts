import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { EngineError, throwIfAborted } from '../base/index.ts'
import { connectionError, peerUnavailable } from './peer-errors.ts'
import { PeerResponse } from './peer-response.ts'

/**
 * The one HTTP client for talking to peers. Every wait has a limit: for the connection, for the first byte of the
 * answer, and between bytes of the body (peer-response.ts).
 */

export interface HttpClientConfig {
  /** Time for a connection to stand. Default 10 s. */
  connectTimeoutMs: number
  /** Time from the request to the head of the answer. Default 30 s. */
  firstByteTimeoutMs: number
  /** A body that brings no byte for so long is given up. Default 30 s. */
  stallTimeoutMs: number
  /** The same for one that brings less than this over that time. Default 1024. */
  minBytesPerSecond: number
}

export const DEFAULT_HTTP_CLIENT: HttpClientConfig = {
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 30_000,
  stallTimeoutMs: 30_000,
  minBytesPerSecond: 1024,
}

export interface PeerRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal
  /** Instead of the client's own; a request that is held open on purpose needs more. */
  firstByteTimeoutMs?: number
}

const MAX_REDIRECTS = 3
const MAX_SOCKETS_PER_HOST = 16
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export class HttpClient {
  readonly #config: HttpClientConfig
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS_PER_HOST })
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS_PER_HOST })

  constructor(config: Partial<HttpClientConfig> = {}) {
    this.#config = { ...DEFAULT_HTTP_CLIENT, ...config }
  }

  /**
   * Resolves with the head of the answer, whatever its status. PEER_UNAVAILABLE when there is none in time,
   * PEER_PROTOCOL when it makes no sense. GET and HEAD follow up to three redirects; secrets are not sent elsewhere.
   */
  async request(url: string, options: PeerRequest = {}): Promise<PeerResponse> {
    let target = parseUrl(url)
    let headers = options.headers ?? {}
    for (let hop = 0; ; hop++) {
      const response = await this.#send(target, { ...options, headers })
      const location = response.headers.location
      const follows = options.method === undefined || options.method === 'GET' || options.method === 'HEAD'
      if (!REDIRECTS.has(response.status) || location === undefined || !follows) return response
      response.discard()
      if (hop === MAX_REDIRECTS)
        throw new EngineError('PEER_PROTOCOL', `${target.origin} redirected more than ${MAX_REDIRECTS} times.`)
      const next = parseUrl(location, target)
      if (next.origin !== target.origin) headers = withoutSecrets(headers)
      target = next
    }
  }

  /** Ends idle connections. Requests under way are ended by their signals. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  async #send(target: URL, options: PeerRequest): Promise<PeerResponse> {
    for (let attempt = 1; ; attempt++) {
      const sent = this.#start(target, options)
      try {
        return await this.#answer(target, sent, options)
      } catch (error) {
        // A kept connection may be closed by the peer just as it is used again: that says nothing about the peer.
        const stale =
          sent.reusedSocket && EngineError.is(error, 'PEER_UNAVAILABLE') && error.details.errno === 'ECONNRESET'
        if (!stale || attempt > MAX_SOCKETS_PER_HOST) throw error
      }
    }
  }

  #start(target: URL, { method = 'GET', headers = {}, body }: PeerRequest): ClientRequest {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest
    const agent = target.protocol === 'https:' ? this.#https : this.#http
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body).toString() }
    const started = send(target, { method, agent, headers: { ...headers, ...length } })
    started.setNoDelay(true)
    started.end(body)
    return started
  }

  #answer(target: URL, sent: ClientRequest, options: PeerRequest): Promise<PeerResponse> {
    const { signal } = options
    const firstByteTimeoutMs = options.firstByteTimeoutMs ?? this.#config.firstByteTimeoutMs
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const fail = (error: EngineError) => {
        settle()
        reject(error)
        sent.destroy()
      }
      const within = (ms: number, what: string) => {
        clearTimeout(timer)
        timer = setTimeout(() => fail(peerUnavailable(target.origin, `${what} within ${seconds(ms)}`)), ms)
      }
      const onAbort = () => {
        try {
          throwIfAborted(signal)
        } catch (error) {
          fail(EngineError.from(error))
        }
      }
      sent.on('error', (error) => fail(connectionError(target.origin, error)))
      sent.on('response', (response: IncomingMessage) => {
        settle()
        resolve(new PeerResponse(response, target, { ...this.#config, signal }))
      })
      sent.on('socket', (socket) => {
        if (!socket.connecting) {
          within(firstByteTimeoutMs, 'it did not answer')
          return
        }
        within(this.#config.connectTimeoutMs, 'no connection could be made')
        socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
          within(firstByteTimeoutMs, 'it did not answer'),
        )
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
    })
  }
}

function parseUrl(url: string, base?: URL): URL {
  let parsed: URL | null = null
  try {
    parsed = new URL(url, base)
  } catch {
    // told below
  }
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:'))
    throw new EngineError('INVALID_ARGUMENT', `${url} is not an http or https URL.`)
  return parsed
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)))
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 1000)} s` : `${ms} ms`
}
