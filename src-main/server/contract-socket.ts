import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Router } from '../router/index.ts'
import { closeSockets } from './close-sockets.ts'
import { heldBack } from './held-back-socket.ts'

/** Requests are small: bulk bytes never cross the contract. */
const MAX_MESSAGE_BYTES = 4 << 20
const MAX_CONNECTIONS = 64
/** A peer that does not answer a ping before the next one is gone. */
const PING_INTERVAL_MS = 30_000

/** The contract over WebSockets. Callers are checked before they get here. */
export class ContractSocket {
  readonly #handler: RPCHandler<{ disconnected: AbortSignal }>
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  readonly #answered = new WeakSet<WebSocket>()
  readonly #pings: NodeJS.Timeout

  constructor(router: Router) {
    this.#handler = new RPCHandler(router)
    this.#server.on('connection', (socket) => this.#connect(socket))
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS)
    this.#pings.unref()
  }

  get isFull(): boolean {
    return this.#server.clients.size >= MAX_CONNECTIONS
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#server.emit('connection', accepted, request))
  }

  /** Says goodbye to every caller; those that do not answer are cut off. */
  async close(): Promise<void> {
    clearInterval(this.#pings)
    await closeSockets(this.#server)
  }

  #connect(socket: WebSocket): void {
    const connection = new AbortController()
    socket.once('close', () => connection.abort())
    socket.on('error', () => socket.terminate())
    socket.on('pong', () => this.#answered.add(socket))
    this.#answered.add(socket)
    void this.#handler.upgrade(heldBack(socket), { context: { disconnected: connection.signal } })
  }

  #ping(): void {
    for (const socket of this.#server.clients) {
      if (!this.#answered.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }
}
