import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Logger } from '../../engine/index.ts'
import { closeSockets } from '../close-sockets.ts'
import { RpcConnection } from './rpc-connection.ts'
import type { RpcDispatcher } from './rpc-dispatcher.ts'
import { MAX_REQUEST_BYTES } from './rpc-http.ts'
import type { RpcCall } from './rpc-method.ts'

const MAX_CONNECTIONS = 64
/** Who has shown no sign of life between two pings is gone. */
const PING_INTERVAL_MS = 30_000

/** WebSockets of the JSON-RPC. Callers are checked before they get here. */
export class RpcSockets {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES })
  readonly #alive = new WeakSet<WebSocket>()
  readonly #dispatcher: RpcDispatcher
  readonly #log: Logger
  readonly #pings: NodeJS.Timeout

  constructor(dispatcher: RpcDispatcher, log: Logger) {
    this.#dispatcher = dispatcher
    this.#log = log
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS)
    this.#pings.unref()
  }

  get isFull(): boolean {
    return this.#server.clients.size >= MAX_CONNECTIONS
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Omit<RpcCall, 'signal'>): void {
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => accepted.terminate())
      // go-jsonrpc answers no pings: its own count as a sign of life instead.
      for (const sign of ['pong', 'ping', 'message'] as const) accepted.on(sign, () => this.#alive.add(accepted))
      this.#alive.add(accepted)
      new RpcConnection(accepted, this.#dispatcher, caller, this.#log)
    })
  }

  /** Says goodbye to every caller; those that do not answer are cut off. */
  async close(): Promise<void> {
    clearInterval(this.#pings)
    await closeSockets(this.#server)
  }

  #ping(): void {
    for (const socket of this.#server.clients) {
      if (!this.#alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }
}
