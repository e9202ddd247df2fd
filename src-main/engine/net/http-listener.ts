import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import { EngineError, type Logger } from '../base/index.ts'
import { hostIsAllowed } from './host-check.ts'
import type { ListenAddress, ServerLimits } from './net-ports.ts'
import { errorAnswer } from './server-errors.ts'

/**
 * One HTTP listener with routes. It owns what every route needs: who may ask (Host header), how much at once, time
 * limits, the answer to an error, and the end of all requests when it closes.
 *
 * Invariant: an error after the head of an answer has been sent cuts the connection, so that no peer takes a part for
 * the whole.
 */

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  /** As sent: still percent-encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Address of the peer. */
  readonly client: string
  /** Aborted when the peer goes away or the listener closes. */
  readonly signal: AbortSignal
}

export interface Route {
  /** `/piece` answers `/piece` and everything below it. */
  readonly prefix: string
  readonly methods: readonly string[]
  readonly errors: 'json' | 'text'
  handle(exchange: Exchange): Promise<void>
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxRequests: 256,
  maxRequestsPerClient: 64,
  maxBodyBytes: 64 * 1024,
  stallTimeoutMs: 120_000,
}

const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 1024
const RETRY_AFTER_SECONDS = 1

export interface HttpListenerOptions {
  routes: readonly Route[]
  limits: ServerLimits
  log: Logger
}

export class HttpListener {
  readonly #options: HttpListenerOptions
  readonly #controllers = new Set<AbortController>()
  readonly #perClient = new Map<string, number>()
  #server: Server | null = null
  #host = ''
  #url: string | null = null

  constructor(options: HttpListenerOptions) {
    this.#options = options
  }

  /** Base URL without a slash at the end; null while it does not listen. */
  get url(): string | null {
    return this.#url
  }

  /** Returns the base URL. IO_ERROR when the address is taken or not this machine's. */
  async listen(address: ListenAddress): Promise<string> {
    if (this.#url !== null) return this.#url
    const server = createServer({
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    })
    server.maxConnections = MAX_CONNECTIONS
    server.timeout = this.#options.limits.stallTimeoutMs
    server.on('request', (request, response) => void this.#serve(request, response))
    const port = await bind(server, address)
    this.#server = server
    this.#host = address.host
    this.#url = `http://${isIPv6(address.host) ? `[${address.host}]` : reachableHost(address.host)}:${port}`
    return this.#url
  }

  /** Cuts every request and stops listening. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    this.#url = null
    for (const controller of this.#controllers) controller.abort(new EngineError('CLOSED', 'Carport is quitting.'))
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController()
    const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?')
    const exchange: Exchange = {
      request,
      response,
      method: request.method ?? 'GET',
      path,
      query: new URLSearchParams(query),
      client: request.socket.remoteAddress ?? 'unknown',
      signal: controller.signal,
    }
    const route = this.#options.routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
    this.#controllers.add(controller)
    this.#count(exchange.client, 1)
    response.on('close', () => {
      this.#controllers.delete(controller)
      this.#count(exchange.client, -1)
      controller.abort(new EngineError('CANCELLED', 'The peer closed the connection.'))
    })
    try {
      this.#admit(exchange, route)
      await route?.handle(exchange)
    } catch (thrown) {
      this.#fail(exchange, route, EngineError.from(thrown))
    }
  }

  #admit(exchange: Exchange, route: Route | undefined): void {
    const { limits } = this.#options
    if (!hostIsAllowed(exchange.request.headers.host, this.#host))
      throw new HttpProblem(421, 'This listener does not answer under that host name.')
    if (route === undefined) throw new HttpProblem(404, `There is nothing at ${exchange.path}.`)
    if (!route.methods.includes(exchange.method)) {
      exchange.response.setHeader('Allow', route.methods.join(', '))
      throw new HttpProblem(405, `${exchange.method} is not possible here.`)
    }
    if (
      this.#controllers.size > limits.maxRequests ||
      (this.#perClient.get(exchange.client) ?? 0) > limits.maxRequestsPerClient
    ) {
      exchange.response.setHeader('Retry-After', RETRY_AFTER_SECONDS)
      throw new HttpProblem(429, 'Too many requests are under way. Try again in a moment.')
    }
  }

  #fail(exchange: Exchange, route: Route | undefined, error: EngineError): void {
    const { response } = exchange
    if (response.headersSent || response.destroyed) {
      if (!exchange.signal.aborted)
        this.#options.log.warn('cut an answer that could not be completed', {
          path: exchange.path,
          code: error.code,
          error: error.message,
        })
      // What was written is delivered, but not the end mark of the body: the peer sees that it is a part.
      if (exchange.signal.aborted) response.destroy()
      else response.socket?.destroySoon()
      return
    }
    const { status, headers, body, contentType } = errorAnswer(error, route?.errors ?? 'text')
    if (status >= 500)
      this.#options.log.warn('could not answer a request', { path: exchange.path, error: error.message })
    // What is left of a request's body would have to be read before the connection can be used again.
    if (!exchange.request.complete) response.setHeader('Connection', 'close')
    response.writeHead(status, { ...headers, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) })
    response.end(exchange.method === 'HEAD' ? undefined : body)
  }

  #count(client: string, change: 1 | -1): void {
    const count = (this.#perClient.get(client) ?? 0) + change
    if (count === 0) this.#perClient.delete(client)
    else this.#perClient.set(client, count)
  }
}

/** A refusal that has an HTTP status of its own. */
export class HttpProblem extends EngineError {
  readonly status: number

  constructor(status: number, message: string) {
    super(status === 404 ? 'FILE_NOT_FOUND' : 'INVALID_ARGUMENT', message, { details: { status } })
    this.status = status
  }
}

function bind(server: Server, address: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(address, cause)))
    server.listen(address.port, address.host, () => {
      server.removeAllListeners('error')
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? bound.port : address.port)
    })
  })
}

function listenError(address: ListenAddress, cause: NodeJS.ErrnoException): EngineError {
  const where = `${address.host}:${address.port}`
  const why =
    cause.code === 'EADDRINUSE'
      ? 'another program listens there'
      : cause.code === 'EADDRNOTAVAIL'
        ? 'this machine does not have that address'
        : cause.code === 'EACCES'
          ? 'this user may not use that port'
          : cause.message
  return new EngineError('IO_ERROR', `Carport cannot listen on ${where}: ${why}.`, {
    cause,
    details: { errno: cause.code ?? null },
  })
}

/** A listener on every address is reached over loopback from this machine. */
function reachableHost(host: string): string {
  return host === '0.0.0.0' || host === '' ? '127.0.0.1' : host
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
