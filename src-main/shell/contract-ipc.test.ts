import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { os, type RouterClient } from '@orpc/server'
import { describe, expect, it } from 'vitest'
import { CONTRACT_CHANNEL } from '../../src-shared/transport.ts'
import type { Router } from '../router/index.ts'
import { answerContract } from './contract-ipc.ts'
import { BrowserWindow, ipcMain } from './testing/electron.ts'

const base = os.$context<{ disconnected: AbortSignal }>()

function setUp() {
  const callers: AbortSignal[] = []
  const router = {
    hello: base.handler(({ context }) => {
      callers.push(context.disconnected)
      return 'hello'
    }),
  }
  const window = new BrowserWindow({})
  answerContract(window as never, router as unknown as Router)
  return { window, callers, client: createORPCClient<RouterClient<typeof router>>(link(window)) }
}

/** A page's end of the channel; messages seem to come from `frame`. */
function link(window: BrowserWindow, frame = window.webContents.mainFrame) {
  const port = {
    postMessage: (message: unknown) =>
      ipcMain.emit(CONTRACT_CHANNEL, { sender: window.webContents, senderFrame: frame }, message),
    addEventListener: (type: string, listener: (event: { data: unknown }) => void) =>
      type === 'message' && window.webContents.on('sent', (data) => listener({ data })),
  }
  return new RPCLink({ port: port as never })
}

const navigation = { isMainFrame: true, isSameDocument: false }

describe('the contract over IPC', () => {
  it('is answered to the page of the window', async () => {
    const { client } = setUp()
    expect(await client.hello()).toBe('hello')
  })

  it('is not answered to a frame in the page, to another page, or to another window', () => {
    const { window, callers } = setUp()
    const strangers = [
      link(window, { url: 'app://carport/' }),
      link(window, Object.assign(window.webContents.mainFrame, { url: 'https://example.org/' })),
      link(new BrowserWindow({})),
    ]
    for (const stranger of strangers) void createORPCClient<{ hello(): Promise<string> }>(stranger as never).hello()
    expect(callers).toEqual([])
    expect(window.webContents.sent).toEqual([])
  })

  it('takes no messages that are not text', () => {
    const { window } = setUp()
    const event = { sender: window.webContents, senderFrame: window.webContents.mainFrame }
    for (const message of [null, 1, {}, new Uint8Array(3), 'x'.repeat((4 << 20) + 1)])
      expect(() => ipcMain.emit(CONTRACT_CHANNEL, event, message)).not.toThrow()
    expect(window.webContents.sent).toEqual([])
  })

  it('lets go what a page had open when it is reloaded or closed', async () => {
    const { window, callers, client } = setUp()
    const listeners = ipcMain.listenerCount(CONTRACT_CHANNEL)
    await client.hello()
    window.webContents.emit('did-start-navigation', { ...navigation, isSameDocument: true })
    expect(callers[0]?.aborted).toBe(false)
    window.webContents.emit('did-start-navigation', navigation)
    expect(callers[0]?.aborted).toBe(true)
    await createORPCClient<{ hello(): Promise<string> }>(link(window) as never).hello()
    expect(callers[1]?.aborted).toBe(false)
    window.emit('closed')
    expect(callers[1]?.aborted).toBe(true)
    expect(ipcMain.listenerCount(CONTRACT_CHANNEL)).toBe(listeners - 1)
  })
})
