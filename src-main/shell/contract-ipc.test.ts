import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { os, type RouterClient } from '@orpc/server'
import { describe, expect, it } from 'vitest'
import { CONTRACT_CHANNEL, READ_CHANNEL } from '../../src-shared/transport.ts'
import type { Router } from '../router/index.ts'
import { answerContract } from './contract-ipc.ts'
import { MOST_UNREAD_LENGTH } from './held-back-page.ts'
import { BrowserWindow, ipcMain } from './testing/electron.ts'

const base = os.$context<{ disconnected: AbortSignal }>()

const EVENT = 'x'.repeat(64 * 1024)
const EVENTS = 500
let produced: number
let ended: number

function setUp() {
  ended = 0
  const callers: AbortSignal[] = []
  const router = {
    hello: base.handler(({ context }) => {
      callers.push(context.disconnected)
      return 'hello'
    }),
    events: base.handler(async function* () {
      try {
        for (produced = 0; produced < EVENTS; produced++) yield EVENT
      } finally {
        ended++
      }
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

describe('a page that reads nothing', () => {
  const read = (window: BrowserWindow, number: unknown, frame = window.webContents.mainFrame) =>
    ipcMain.emit(READ_CHANNEL, { sender: window.webContents, senderFrame: frame }, number)

  /** Until nothing more is produced. */
  async function standstill(): Promise<void> {
    for (let before = -1, turns = 0; turns < 20; turns = produced === before ? turns + 1 : 0) {
      before = produced
      await new Promise(setImmediate)
    }
  }

  it('is sent no more until it says how far it has read, and then all of it', async () => {
    const { window, client } = setUp()
    let last = 0
    window.webContents.on('sent', (_message, number) => (last = number as number))
    const stream = await client.events()
    await standstill()
    const sent = () => window.webContents.sent.length
    expect(sent() * EVENT.length).toBeLessThan(MOST_UNREAD_LENGTH + 3 * EVENT.length)
    const before = produced
    for (const number of [0, -1, '1', null]) read(window, number)
    read(window, last, { url: 'app://carport/' })
    await standstill()
    expect(produced).toBe(before)
    read(window, 10) // not all of it
    await standstill()
    expect(produced).toBeGreaterThan(before)
    expect(produced).toBeLessThan(before + 20)

    window.webContents.on('sent', (_message, number) => read(window, number))
    read(window, last)
    let length = 0
    for await (const event of stream) length += event.length
    expect(length).toBe(EVENTS * EVENT.length)
  })

  it('is let go of when it is reloaded or closed, and the page after it has a measure of its own', async () => {
    const { window, client } = setUp()
    const listeners = ipcMain.listenerCount(READ_CHANNEL)
    await client.events()
    await standstill()
    const before = produced
    window.webContents.emit('did-start-navigation', navigation)
    await standstill()
    expect(ended).toBe(1)
    await createORPCClient<{ events(): Promise<unknown> }>(link(window) as never).events()
    await standstill()
    expect(produced).toBe(before)
    window.emit('closed')
    await standstill()
    expect(ended).toBe(2)
    expect(ipcMain.listenerCount(READ_CHANNEL)).toBe(listeners - 1)
  })
})
