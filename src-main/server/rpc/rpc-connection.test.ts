import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { createLogger } from '../../engine/index.ts'
import { RpcDispatcher } from './rpc-dispatcher.ts'
import { channel, method, param, type RpcCall, type RpcMethod } from './rpc-method.ts'
import { RpcSockets } from './rpc-sockets.ts'
import { RpcSocket } from './testing/rpc-socket.ts'

/** Connections with methods of their own, whose every step can be seen. */
let server: Server
let sockets: RpcSockets
let produced: number
let ended: string[]

const declared = { permission: 'read', summary: '', result: { name: 'value', schema: z.unknown() } } as const
const name = param('name', z.string())
const methods: RpcMethod[] = [
  channel({ ...declared, name: 'Count', params: [name] }, async function* ({ signal }, who) {
    try {
      for (let at = 0; !signal.aborted; at++) {
        produced = at
        yield `${who} ${at} ${'.'.repeat(10_000)}`
      }
    } finally {
      ended.push(who)
    }
  }),
  channel({ ...declared, name: 'Three', params: [name] }, async function* (_call, who) {
    for (const at of [1, 2, 3]) {
      await new Promise(setImmediate)
      yield `${who} ${at}`
    }
  }),
  channel({ ...declared, name: 'Breaks', params: [] }, async function* () {
    yield 'the only one'
    throw new TypeError('broken')
  }),
  method({ ...declared, name: 'Wait', params: [] }, ({ signal }) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        ended.push('Wait')
        reject(signal.reason)
      })
    })
  }),
  method({ ...declared, name: 'Echo', params: [name] }, (_call, text) => text),
]

beforeEach(async () => {
  produced = 0
  ended = []
  const log = createLogger(() => {})
  sockets = new RpcSockets(new RpcDispatcher(methods, log), log)
  const caller = { permissions: ['read'] } as unknown as Omit<RpcCall, 'signal'>
  server = createServer()
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head, caller))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await sockets.close()
  await new Promise((resolve) => server.close(resolve))
})

async function connect() {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return { socket, rpc: new RpcSocket(socket) }
}
const call = (id: unknown, what: string, ...params: unknown[]) => ({ id, method: `Filecoin.${what}`, params })

describe('a channel', () => {
  it('produces no more than its reader takes, and goes on when it is read again', async () => {
    const { socket, rpc } = await connect()
    rpc.send(call(1, 'Count', 'slow'))
    expect(await rpc.next()).toMatchObject({ result: 1 })
    const tcp = (socket as unknown as { _socket: Socket })._socket
    tcp.pause()
    let before = -1
    await vi.waitFor(
      () => {
        const stands = produced === before
        before = produced
        expect(stands).toBe(true)
      },
      { interval: 200, timeout: 20_000 },
    )
    // What the system's buffers took: some megabytes. Unheld it would be gigabytes by now.
    expect(before * 10_000).toBeLessThan(64 << 20)
    tcp.resume()
    await vi.waitFor(() => expect(produced).toBeGreaterThan(before), { timeout: 20_000 })
    rpc.send({ method: 'xrpc.cancel', params: [1] })
    await vi.waitFor(() => expect(ended).toEqual(['slow']), { timeout: 20_000 })
    socket.terminate()
  })

  it('ends with its connection, and that of others goes on', async () => {
    const [gone, stays] = [await connect(), await connect()]
    gone.rpc.send(call(1, 'Count', 'gone'))
    stays.rpc.send(call(1, 'Count', 'stays'))
    await gone.rpc.next()
    await stays.rpc.next()
    gone.socket.terminate()
    await vi.waitFor(() => expect(ended).toEqual(['gone']))
    stays.rpc.send({ method: 'xrpc.cancel', params: [1] })
    await vi.waitFor(() => expect(ended).toEqual(['gone', 'stays']), { timeout: 20_000 })
    stays.socket.terminate()
  })

  it('runs beside others of one connection, each with its own number and its values in order', async () => {
    const { socket, rpc } = await connect()
    const names = Array.from({ length: 20 }, (_, at) => `channel ${at}`)
    for (const each of names) rpc.send(call(each, 'Three', each))
    const numbers = new Map<unknown, unknown>()
    const seen = new Map<unknown, unknown[]>()
    for (let closed = 0; closed < names.length; ) {
      const frame = await rpc.next()
      const [number, value] = frame.params ?? []
      if (frame.id !== undefined) numbers.set(frame.id, frame.result)
      else if (frame.method === 'xrpc.ch.close') closed++
      else seen.set(number, [...(seen.get(number) ?? []), value])
    }
    for (const each of names) expect(seen.get(numbers.get(each))).toEqual([1, 2, 3].map((at) => `${each} ${at}`))
    socket.terminate()
  })

  it('that breaks off is closed: the protocol has no other word', async () => {
    const { socket, rpc } = await connect()
    rpc.send(call(1, 'Breaks'))
    expect(await rpc.next()).toMatchObject({ id: 1, result: 1 })
    expect(await rpc.next()).toMatchObject({ method: 'xrpc.ch.val', params: [1, 'the only one'] })
    expect(await rpc.next()).toMatchObject({ method: 'xrpc.ch.close', params: [1] })
    socket.terminate()
  })
})

describe('a call', () => {
  it('is cancelled by its id, in Go’s words, while others are answered', async () => {
    const { socket, rpc } = await connect()
    rpc.send(call('7', 'Wait'))
    rpc.send(call(7, 'Wait'))
    rpc.send(call(8, 'Echo', 'still here'))
    expect(await rpc.next()).toEqual({ jsonrpc: '2.0', id: 8, result: 'still here' })
    rpc.send({ method: 'xrpc.cancel', params: [7] })
    expect(await rpc.next()).toMatchObject({ id: 7, error: { code: 1, message: 'context canceled' } })
    expect(ended).toEqual(['Wait']) // "7" is another id
    socket.terminate()
    await vi.waitFor(() => expect(ended).toEqual(['Wait', 'Wait']))
  })

  it('without an id is done and not answered', async () => {
    const { socket, rpc } = await connect()
    rpc.send({ method: 'Filecoin.Echo', params: ['quiet'] })
    rpc.send({ method: 'Filecoin.Nothing', params: [] })
    rpc.send(call(1, 'Echo', 'loud'))
    expect(await rpc.next()).toMatchObject({ id: 1, result: 'loud' })
    socket.terminate()
  })

  it('bigger than 4 MiB ends its connection, and no other', async () => {
    const [big, other] = [await connect(), await connect()]
    const closed = new Promise((resolve) => big.socket.once('close', resolve))
    big.rpc.send(call(1, 'Echo', 'x'.repeat(5 << 20)))
    expect(await closed).toBe(1009)
    other.rpc.send(call(1, 'Echo', 'fine'))
    expect(await other.rpc.next()).toMatchObject({ result: 'fine' })
    other.socket.terminate()
  })
})
