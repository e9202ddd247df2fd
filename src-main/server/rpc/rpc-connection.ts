/**
 * One WebSocket as go-jsonrpc speaks it. A call is answered with its id. A method with a channel is answered with the
 * channel's number; its values follow as notifications `xrpc.ch.val [number, value]`, and `xrpc.ch.close [number]` ends
 * it. The caller stops a call, or a channel, by `xrpc.cancel [id of the call]`.
 */
import type { WebSocket } from 'ws'
import { EngineError, type Logger } from '../../engine/index.ts'
import { answerText, type RpcDispatcher, type RpcOutcome, type RpcRequest, requestIn } from './rpc-dispatcher.ts'
import { RpcError } from './rpc-error.ts'
import { formatRpcJson, parseRpcJson } from './rpc-json.ts'
import type { RpcCall } from './rpc-method.ts'

const CANCEL = 'xrpc.cancel'
const CHANNEL_VALUE = 'xrpc.ch.val'
const CHANNEL_CLOSE = 'xrpc.ch.close'
/** Calls of one connection that are under way at once; further ones wait for nobody and are refused. */
const MAX_CALLS = 1024

export class RpcConnection {
  readonly #socket: WebSocket
  readonly #dispatcher: RpcDispatcher
  readonly #caller: Omit<RpcCall, 'signal'>
  readonly #log: Logger
  /** By id as JSON: 1 and "1" are two. */
  readonly #calls = new Map<string, AbortController>()
  #channels = 0

  constructor(socket: WebSocket, dispatcher: RpcDispatcher, caller: Omit<RpcCall, 'signal'>, log: Logger) {
    this.#socket = socket
    this.#dispatcher = dispatcher
    this.#caller = caller
    this.#log = log
    socket.on('message', (data) => this.#take(String(data)))
    socket.once('close', () => {
      for (const call of this.#calls.values()) call.abort()
    })
  }

  #take(text: string): void {
    let request: RpcRequest
    try {
      const message = parseRpcJson(text)
      // An answer: nothing is ever asked of the caller.
      if (typeof message === 'object' && message !== null && !('method' in message)) return
      request = requestIn(message)
    } catch {
      this.#log.debug('a message that is no request was dropped')
      return
    }
    if (request.method === CANCEL) this.#cancel(request.params)
    else if (!request.method.startsWith('xrpc.')) void this.#answer(request)
  }

  #cancel(params: unknown): void {
    if (Array.isArray(params)) this.#calls.get(formatRpcJson(params[0]))?.abort()
  }

  async #answer(request: RpcRequest): Promise<void> {
    const { id } = request
    const key = id === null ? null : formatRpcJson(id)
    const call = new AbortController()
    if (this.#calls.size >= MAX_CALLS) {
      const error = RpcError.from(new EngineError('LOCKED', 'Too many calls are under way on this connection.'))
      if (id !== null) await this.#send(answerText(id, { type: 'error', error }))
      return
    }
    if (key !== null) this.#calls.set(key, call)
    try {
      const outcome = await this.#dispatcher.dispatch(request, { ...this.#caller, signal: call.signal }, id !== null)
      if (outcome.type === 'channel') await this.#forward(id, outcome)
      else if (id !== null) await this.#send(answerText(id, outcome))
    } catch (error) {
      this.#log.info('a channel broke off', { method: request.method, error: EngineError.from(error).message })
    } finally {
      if (key !== null && this.#calls.get(key) === call) this.#calls.delete(key)
    }
  }

  /**
   * The first value is waited for before the call is answered, so that what cannot even begin fails as any call does;
   * but not where it may never come. A later failure can only be told as an end: the protocol has nothing else.
   */
  async #forward(id: RpcRequest['id'], { values, isLive }: Extract<RpcOutcome, { type: 'channel' }>): Promise<void> {
    const iterator = values[Symbol.asyncIterator]()
    let next: IteratorResult<unknown> | null = null
    try {
      if (!isLive) next = await iterator.next()
    } catch (error) {
      await this.#send(answerText(id, { type: 'error', error: RpcError.from(error) }))
      return
    }
    const number = ++this.#channels
    await this.#send(answerText(id, { type: 'result', result: number }))
    try {
      next ??= await iterator.next()
      // Of a connection that is closing nothing is sent, nor waited for: values that are ready at once would never end.
      for (; next.done !== true && this.#isOpen; next = await iterator.next())
        await this.#notify(CHANNEL_VALUE, [number, next.value])
    } finally {
      await iterator.return?.()
      await this.#notify(CHANNEL_CLOSE, [number])
    }
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  #notify(method: string, params: unknown[]): Promise<void> {
    return this.#send(formatRpcJson({ jsonrpc: '2.0', method, params }))
  }

  /** Resolves when the socket has taken it: who reads slowly is waited for. Does nothing once it is closed. */
  #send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#isOpen) resolve()
      else this.#socket.send(text, () => resolve())
    })
  }
}
