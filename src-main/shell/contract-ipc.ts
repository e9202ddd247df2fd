import { RPCHandler } from '@orpc/server/message-port'
import { type BrowserWindow, type IpcMainEvent, ipcMain } from 'electron'
import { CONTRACT_CHANNEL } from '../../src-shared/transport.ts'
import type { Router } from '../router/index.ts'
import { isTrustedSender } from './trusted-sender.ts'

/** A window can only post to us; what it posts is at most this long, as over the WebSocket. */
const MAX_MESSAGE_LENGTH = 4 << 20

type Port = Parameters<RPCHandler<{ disconnected: AbortSignal }>['upgrade']>[0]

/**
 * Answers the contract to one window. A page that navigates or reloads is a new caller: what the old one had open is
 * let go, and its answers are not delivered to the new one.
 */
export function answerContract(window: BrowserWindow, router: Router): void {
  const handler = new RPCHandler(router)
  const { webContents } = window
  let caller = newCaller()

  function newCaller(): Caller {
    const created = new Caller((message) => {
      if (created === caller && !webContents.isDestroyed()) webContents.send(CONTRACT_CHANNEL, message)
    })
    handler.upgrade(created.port, { context: { disconnected: created.disconnected } })
    return created
  }

  const receive = (event: IpcMainEvent, message: unknown): void => {
    if (event.sender !== webContents) return
    if (!isTrustedSender(event) || typeof message !== 'string' || message.length > MAX_MESSAGE_LENGTH) return
    caller.receive(message)
  }
  ipcMain.on(CONTRACT_CHANNEL, receive)
  webContents.on('did-start-navigation', (details) => {
    if (!details.isMainFrame || details.isSameDocument) return
    caller.disconnect()
    caller = newCaller()
  })
  window.once('closed', () => {
    ipcMain.off(CONTRACT_CHANNEL, receive)
    caller.disconnect()
  })
}

/** One page's end of the channel, in the form of a port that oRPC can listen to. */
class Caller {
  readonly port: Port
  readonly #connection = new AbortController()
  #onMessage: (event: { data: string }) => void = () => undefined
  #onClose: () => void = () => undefined

  constructor(send: (message: string) => void) {
    this.port = {
      postMessage: (message: unknown) => send(message as string),
      on: (event: string, listener: (event?: { data: string }) => void) => {
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
    this.#onClose()
  }
}
