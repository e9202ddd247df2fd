/** Lotus' JSON-RPC: the dagstore's methods and those of the client, as go-jsonrpc speaks it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Engine, Logger } from '../../engine/index.ts'
import { type ApiTokens, PERMISSIONS, type Permission } from '../../host/index.ts'
import { boostMethods } from './methods/boost.ts'
import { clientMethods } from './methods/client.ts'
import { clientDealMethods } from './methods/client-deals.ts'
import { clientRetrievalMethods } from './methods/client-retrievals.ts'
import { commonMethods } from './methods/common.ts'
import { dagstoreMethods } from './methods/dagstore.ts'
import { piecesMethods } from './methods/pieces.ts'
import { openRpcDocument } from './openrpc.ts'
import { RpcDispatcher } from './rpc-dispatcher.ts'
import { answerRpc } from './rpc-http.ts'
import type { RpcMethod } from './rpc-method.ts'
import { RpcSockets } from './rpc-sockets.ts'

export const RPC_PATH = '/rpc/v0'

export interface RpcOptions {
  engine: Engine
  tokens: ApiTokens
  log: Logger
  /** Whether a token is the data directory's own, which allows everything. */
  isOwnToken(token: string): boolean
}

/** Every method there is. */
export function rpcMethods(): RpcMethod[] {
  const methods: RpcMethod[] = [
    ...[...dagstoreMethods, ...boostMethods, ...piecesMethods],
    ...[...clientMethods, ...clientDealMethods, ...clientRetrievalMethods],
  ]
  methods.push(...commonMethods(() => openRpcDocument(methods)))
  return methods
}

/** What answers at `/rpc/v0`, by POST and as a WebSocket. Who has no token gets nothing. */
export class JsonRpc {
  readonly #options: RpcOptions
  readonly #dispatcher: RpcDispatcher
  readonly #sockets: RpcSockets

  constructor(options: RpcOptions) {
    this.#options = options
    this.#dispatcher = new RpcDispatcher(rpcMethods(), options.log)
    this.#sockets = new RpcSockets(this.#dispatcher, options.log)
  }

  get isFull(): boolean {
    return this.#sockets.isFull
  }

  /** What the token of a request allows: in its header, or as `?token=` for browsers. null when it has none of ours. */
  async permissionsOf(request: IncomingMessage): Promise<Permission[] | null> {
    const inHeader = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    const token = inHeader ?? new URL(request.url ?? '/', 'http://carport').searchParams.get('token')
    return token === null ? null : this.#allowedBy(token)
  }

  async answer(permissions: Permission[], request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answerRpc(this.#dispatcher, this.#caller(permissions), request, response)
  }

  upgrade(permissions: Permission[], request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.upgrade(request, socket, head, this.#caller(permissions))
  }

  close(): Promise<void> {
    return this.#sockets.close()
  }

  #caller(permissions: Permission[]) {
    const { engine, tokens } = this.#options
    return { engine, tokens, permissions, allowedBy: (token: string) => this.#allowedBy(token) }
  }

  async #allowedBy(token: string): Promise<Permission[] | null> {
    return this.#options.isOwnToken(token) ? [...PERMISSIONS] : this.#options.tokens.verify(token)
  }
}
