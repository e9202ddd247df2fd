import { EventEmitter } from 'node:events'

type Params = Record<string, unknown>
interface Call {
  method: string
  resolve(result: Params): void
  reject(error: Error): void
}

/** A connection to Chromium's DevTools Protocol: calls, and events by session ('' is the browser itself). */
export class Cdp {
  readonly #socket: WebSocket
  readonly #calls = new Map<number, Call>()
  readonly #sessions = new Map<string, EventEmitter>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))))
  }

  static connect(url: string): Promise<Cdp> {
    const socket = new WebSocket(url)
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(new Cdp(socket)))
      socket.addEventListener('error', () => reject(new Error(`Chromium does not answer at ${url}`)))
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: results are as many shapes as there are methods
  send(method: string, params: Params = {}, sessionId?: string): Promise<any> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, resolve, reject })
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  }

  events(sessionId = ''): EventEmitter {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    const events = new EventEmitter()
    this.#sessions.set(sessionId, events)
    return events
  }

  #receive(message: {
    id?: number
    error?: { message: string }
    result: Params
    method: string
    params: Params
    sessionId?: string
  }) {
    if (message.id === undefined) {
      this.events(message.sessionId).emit(message.method, message.params)
      return
    }
    const call = this.#calls.get(message.id)
    this.#calls.delete(message.id)
    if (message.error !== undefined) call?.reject(new Error(`${call.method}: ${message.error.message}`))
    else call?.resolve(message.result)
  }
}
