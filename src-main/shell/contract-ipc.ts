import { RPCHandler } from '@orpc/server/ws'
import { type BrowserWindow, type IpcMainEvent, ipcMain } from 'electron'
import { CONTRACT_CHANNEL, READ_CHANNEL } from '../../src-shared/transport.ts'
import type { Router } from '../router/index.ts'
import { HeldBackPage } from './held-back-page.ts'
import { isTrustedSender } from './trusted-sender.ts'

/** A window can only post to us; what it posts is at most this long, as over the WebSocket. */
const MAX_MESSAGE_LENGTH = 4 << 20

/** All that oRPC uses of a WebSocket: it waits for what `send` gives. */
type Port = Parameters<RPCHandler<{ disconnected: AbortSignal }>['upgrade']>[0]

/**
 * Answers the contract to one window. A page that navigates or reloads is a new caller: what the old one had open is
 * let go, and its answers are not delivered to the new one. A page that reads nothing is sent no more than so much.
 */
export function answerContract(window: BrowserWindow, router: Router): void {
  const handler = new RPCHandler(router)
  const { webContents } = window
  let messages = 0
  let caller = newCaller()

  function newCaller(): Caller {
    const created = new Caller((message) => {
      if (created !== caller || webContents.isDestroyed()) return null
      webContents.send(CONTRACT_CHANNEL, message, ++messages)
      return messages
    })
    void handler.upgrade(created.port, { context: { disconnected: created.disconnected } })
    return created
  }

  const receive = (event: IpcMainEvent, message: unknown): void => {
    if (event.sender !== webContents) return
    if (!isTrustedSender(event) || typeof message !== 'string' || message.length > MAX_MESSAGE_LENGTH) return
    caller.receive(message)
  }
  const markRead = (event: IpcMainEvent, number: unknown): void => {
    if (event.sender === webContents && isTrustedSender(event) && typeof number === 'number') caller.page.read(number)
  }
  ipcMain.on(CONTRACT_CHANNEL, receive)
  ipcMain.on(READ_CHANNEL, markRead)
  webContents.on('did-start-navigation', (details) => {
    if (!details.isMainFrame || details.isSameDocument) return
    caller.disconnect()
    caller = newCaller()
  })
  window.once('closed', () => {
    ipcMain.off(CONTRACT_CHANNEL, receive)
    ipcMain.off(READ_CHANNEL, markRead)
    caller.disconnect()
  })
}

/** One page's end of the channel, in the form of a socket that oRPC can listen to. */
class Caller {
  readonly port: Port
  readonly page = new HeldBackPage()
  readonly #connection = new AbortController()
  #onMessage: (event: { data: string }) => void = () => undefined
  #onClose: () => void = () => undefined

  /** `send` gives the number of the message; null when there is nobody to read it. */
  constructor(send: (message: string) => number | null) {
    this.port = {
      send: (message: string) => {
        const number = send(message)
        return number === null ? Promise.resolve() : this.page.sent(number, message.length)
      },
      addEventListener: (event: string, listener: (event?: { data: string }) => void) => {
        if (event === 'message') this.#onMessage = listener
        else if (event === 'close') this.#onClose = listener
      },
    } as unknown as Port
  }

  get disconnected(): AbortSignal {
    return this.#connection.signal
  }

  receive(data: string): void {
    this.#onMessage({ data })
  }

  disconnect(): void {
    this.#connection.abort()
    this.page.letGo()
    this.#onClose()
  }
}
