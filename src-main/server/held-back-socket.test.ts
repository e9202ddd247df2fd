import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { os, type RouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { heldBack, MOST_WAITING_BYTES } from './held-back-socket.ts'

const EVENT = 'x'.repeat(64 * 1024)
/** As much as no socket of the system holds. */
const EVENTS = 2000

let produced: number
const router = {
  events: os.handler(async function* () {
    for (produced = 0; produced < EVENTS; produced++) yield EVENT
  }),
}

let server: WebSocketServer
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

async function connect(): Promise<{ client: WebSocket; served: WebSocket }> {
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [[served]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown]
  return { client, served }
}

it('produces no more events for a client that does not read, and all of them once it does', async () => {
  const { client, served } = await connect()
  void new RPCHandler(router).upgrade(heldBack(served))
  const link = new RPCLink({ websocket: client as unknown as globalThis.WebSocket })
  const { events } = createORPCClient<RouterClient<typeof router>>(link)
  const stream = await events()
  client.pause()
  let before = -1
  while (served.bufferedAmount <= MOST_WAITING_BYTES || produced !== before) {
    before = produced
    await new Promise(setImmediate)
  }
  expect(produced).toBeLessThan(EVENTS)
  expect(served.bufferedAmount).toBeLessThan(MOST_WAITING_BYTES + 2 * EVENT.length)
  client.resume()
  let read = 0
  for await (const event of stream) read += event.length
  expect(read).toBe(EVENTS * EVENT.length)
})

it('lets go of a sender whose client is gone', async () => {
  const { client, served } = await connect()
  const socket = heldBack(served)
  client.pause()
  let sending = Promise.resolve()
  while (served.bufferedAmount <= MOST_WAITING_BYTES) sending = socket.send(EVENT) as unknown as Promise<void>
  served.terminate()
  await sending
  expect(served.readyState).not.toBe(WebSocket.OPEN)
})
