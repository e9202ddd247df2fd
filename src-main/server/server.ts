import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { CONTRACT_PATH, FILE_PATH, UPLOAD_PATH } from '../../src-shared/transport.ts'
import { EngineError, type Logger } from '../engine/index.ts'
import {
  ApiTokens,
  engineAddressUrl,
  ensureToken,
  type HostedEngine,
  readRendererFile,
  removeEngineAddress,
  SECURITY_HEADERS,
  usualPort,
  writeEngineAddress,
} from '../host/index.ts'
import { Access } from './access.ts'
import { ContractSocket } from './contract-socket.ts'
import { answerFile } from './file-route.ts'
import { respondDoorClosed, respondError, respondJson } from './respond.ts'
import { JsonRpc, RPC_PATH } from './rpc/index.ts'
import { receiveLotusImport, receiveUpload } from './upload.ts'

export interface ServerOptions {
  hosted: HostedEngine
  dataDir: string
  /** Folder of the built window. */
  rendererDir: string
  /** Port 0 takes any free one, the usual one of the data directory where it is free. */
  listen: { host: string; port: number }
}

export interface RunningServer {
  /** `http://127.0.0.1:1234` */
  readonly url: string
  /** A link that lets one browser in, once. */
  newTicketUrl(): string
  stop(): Promise<void>
}

const LOTUS_IMPORT_PATH = '/rest/v0/import'

/** Requests other than uploads have no body and are over at once. */
const HEADERS_TIMEOUT_MS = 10_000

/** Starts to listen, and only then writes `api` and `token` into the data directory. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const token = await ensureToken(options.dataDir)
  const access = new Access(token)
  const contract = new ContractSocket(options.hosted.router)
  const rpc = new JsonRpc({
    engine: options.hosted.engine,
    tokens: await ApiTokens.open(options.dataDir),
    log: options.hosted.log.child('rpc'),
    isOwnToken: (token) => access.isToken(token),
  })
  const door = new Door(options, access, contract, rpc)
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, maxHeaderSize: 16 << 10 })
  server.on('request', (request, response) => void door.answer(request, response))
  server.on('upgrade', (request, socket, head) => void door.upgrade(request, socket, head))
  const address = await listen(server, options.listen, usualPort(token))
  access.listensAt(options.listen.host, address.port)
  await writeEngineAddress(options.dataDir, { host: reachableHost(address), port: address.port })
  const url = engineAddressUrl({ host: reachableHost(address), port: address.port })
  door.url = url
  options.hosted.engine.system.address = url
  return {
    url,
    newTicketUrl: () => door.ticketUrl(),
    async stop() {
      await removeEngineAddress(options.dataDir)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all([contract.close(), rpc.close()])
      server.closeAllConnections()
      await closed
    },
  }
}

/** Decides for each request whether it may come in, and what answers it. */
class Door {
  url = ''
  readonly #options: ServerOptions
  readonly #access: Access
  readonly #contract: ContractSocket
  readonly #rpc: JsonRpc
  readonly #log: Logger

  constructor(options: ServerOptions, access: Access, contract: ContractSocket, rpc: JsonRpc) {
    this.#options = options
    this.#access = access
    this.#contract = contract
    this.#rpc = rpc
    this.#log = options.hosted.log.child('server')
  }

  ticketUrl(): string {
    return `${this.url}/?t=${this.#access.newTicket()}`
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response)
    } catch (error) {
      const failure = EngineError.from(error)
      this.#log.error('A request failed', { method: request.method, error: failure.message })
      respondError(response, failure.toValue())
    }
  }

  /** `/contract` and `/rpc/v0`, the WebSockets there are. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    if (!URL.canParse(request.url ?? '/', 'http://carport')) {
      refuse(socket, '400 Bad Request')
      return
    }
    const { pathname } = new URL(request.url ?? '/', 'http://carport')
    if (!this.#access.isKnownHost(request)) refuse(socket, '403 Forbidden')
    else if (pathname === RPC_PATH) await this.#upgradeRpc(request, socket, head)
    else this.#upgradeContract(pathname, request, socket, head)
  }

  #upgradeContract(pathname: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const credential = this.#access.credentialOf(request)
    if (credential === null) refuse(socket, '401 Unauthorized')
    else if (!this.#access.isOwnOrigin(request, credential)) refuse(socket, '403 Forbidden')
    else if (pathname !== CONTRACT_PATH) refuse(socket, '404 Not Found')
    else if (this.#contract.isFull) refuse(socket, '503 Service Unavailable')
    else this.#contract.upgrade(request, socket, head)
  }

  async #upgradeRpc(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const permissions = await this.#rpc.permissionsOf(request)
    if (permissions === null) refuse(socket, '401 Unauthorized')
    else if (this.#rpc.isFull) refuse(socket, '503 Service Unavailable')
    else this.#rpc.upgrade(permissions, request, socket, head)
  }

  async #answerRpc(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const permissions = await this.#rpc.permissionsOf(request)
    if (permissions === null) response.writeHead(401, SECURITY_HEADERS).end()
    else if (request.method !== 'POST') response.writeHead(405, { ...SECURITY_HEADERS, Allow: 'POST' }).end()
    else await this.#rpc.answer(permissions, request, response)
  }

  async #answerLotusImport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const permissions = await this.#rpc.permissionsOf(request)
    if (permissions === null || !permissions.includes('write')) response.writeHead(401, SECURITY_HEADERS).end()
    else if (request.method !== 'PUT') response.writeHead(405, { ...SECURITY_HEADERS, Allow: 'PUT' }).end()
    else await receiveLotusImport(this.#options.hosted.engine, request, response)
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://carport')
    if (!this.#access.isKnownHost(request)) {
      respondError(response, unauthorized('This name is not one that Carport answers to.'), 403)
      return
    }
    if (url.pathname === RPC_PATH) {
      await this.#answerRpc(request, response)
      return
    }
    if (url.pathname === LOTUS_IMPORT_PATH) {
      await this.#answerLotusImport(request, response)
      return
    }
    const ticket = url.pathname === '/' ? url.searchParams.get('t') : null
    if (ticket !== null && request.method === 'GET') {
      this.#letIn(ticket, request, response)
      return
    }
    const credential = this.#access.credentialOf(request)
    if (credential === null) {
      if (request.method === 'GET') respondDoorClosed(response)
      else respondError(response, unauthorized('A token is needed.'), 401)
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      if (url.pathname === FILE_PATH) await answerFile(this.#options.hosted.engine, request, response, url)
      else await this.#asset(url.pathname, request, response)
    } else if (!this.#access.isOwnOrigin(request, credential)) {
      respondError(response, unauthorized('Requests from other pages are not answered.'), 403)
    } else if (request.method === 'PUT' && url.pathname === UPLOAD_PATH) {
      await receiveUpload(this.#options.hosted.engine, request, response, url)
    } else if (request.method === 'POST' && url.pathname === '/ticket' && credential === 'bearer') {
      respondJson(response, 200, { url: this.ticketUrl() })
    } else {
      response.writeHead(404, SECURITY_HEADERS).end()
    }
  }

  /** A browser with a fresh ticket gets its cookie and an address without the ticket; a used ticket is no harm with a cookie. */
  #letIn(ticket: string, request: IncomingMessage, response: ServerResponse): void {
    const fresh = this.#access.redeemTicket(ticket)
    if (!fresh && this.#access.credentialOf(request) === null) {
      respondDoorClosed(response)
      return
    }
    const cookie = fresh ? { 'Set-Cookie': this.#access.setCookie() } : {}
    response.writeHead(303, { ...SECURITY_HEADERS, ...cookie, Location: '/', 'Cache-Control': 'no-store' }).end()
  }

  async #asset(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = await readRendererFile(this.#options.rendererDir, pathname)
    if (file === null) {
      response.writeHead(404, SECURITY_HEADERS).end()
      return
    }
    response.writeHead(200, { ...file.headers, 'Content-Length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  }
}

type ListenAddress = ServerOptions['listen']

/** With port 0 the usual port first: a window that is open finds the engine again there after a restart. */
async function listen(server: Server, address: ListenAddress, usual: number): Promise<AddressInfo> {
  if (address.port === 0 && (await isBound(server, { ...address, port: usual }))) return server.address() as AddressInfo
  return bind(server, address)
}

async function isBound(server: Server, address: ListenAddress): Promise<boolean> {
  try {
    await bind(server, address)
    return true
  } catch {
    return false
  }
}

async function bind(server: Server, { host, port }: ListenAddress): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)))
    server.listen({ host, port }, resolve)
  })
  return server.address() as AddressInfo
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): EngineError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'another program listens there. Choose another port, or port 0 for any free one'
      : error.message
  return new EngineError('PEER_UNAVAILABLE', `Cannot listen on ${host}:${port}: ${why}.`, { cause: error })
}

/** Where this machine's own programs reach a server that listens on every address. */
function reachableHost({ address }: AddressInfo): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function unauthorized(message: string) {
  return new EngineError('UNAUTHORIZED', message).toValue()
}
