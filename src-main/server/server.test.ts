import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { os, type RouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createLogger, EngineError } from '../engine/index.ts'
import type { HostedEngine } from '../host/index.ts'
import { type RunningServer, startServer } from './index.ts'

/** What the server needs of an engine: a router to answer with, and somewhere for uploads to go. */
const base = os.$context<{ disconnected: AbortSignal }>()
const router = {
  hello: base.handler(() => 'hello'),
  whenGone: base.handler(
    ({ context }) =>
      new Promise<string>((resolve) => context.disconnected.addEventListener('abort', () => resolve('gone'))),
  ),
}
type Client = RouterClient<typeof router>

let home: string
let server: RunningServer
let log: string
let uploads: Array<{ name: string; bytes: Buffer; failed: boolean }>

async function start(port = 0): Promise<RunningServer> {
  const importStream = async ({ name, stream }: { name: string; stream: AsyncIterable<Uint8Array> }) => {
    const upload = { name, bytes: Buffer.alloc(0), failed: false }
    uploads.push(upload)
    try {
      for await (const part of stream) upload.bytes = Buffer.concat([upload.bytes, part])
    } catch (error) {
      upload.failed = true
      throw EngineError.from(error)
    }
    return { source: name, sizeBytes: upload.bytes.length }
  }
  const receive = async ({ name, stream }: { name: string; stream: AsyncIterable<Uint8Array> }) => {
    for await (const part of stream) uploads.push({ name, bytes: Buffer.from(part), failed: false })
    return { path: `/copies/${name}` }
  }
  const logger = createLogger((...line) => {
    log += JSON.stringify(line)
  })
  const hosted = {
    router,
    log: logger,
    engine: { imports: { importStream }, droppedCars: { receive }, system: {} },
  } as unknown as HostedEngine
  return startServer({
    hosted,
    dataDir: home,
    rendererDir: join(home, 'renderer'),
    listen: { host: '127.0.0.1', port },
  })
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'carport-server-'))
  await mkdir(join(home, 'renderer'))
  await writeFile(join(home, 'renderer', 'index.html'), 'the window')
  log = ''
  uploads = []
  server = await start()
})
afterEach(async () => {
  await server.stop()
  await rm(home, { recursive: true, force: true })
})

interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Not fetch: it does not let a test choose Host, Origin or Cookie. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<IncomingMessage & { text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server.url), { method, headers }, (response) => {
      let text = ''
      response.on('data', (part) => (text += part))
      response.on('end', () => resolve(Object.assign(response, { text })))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const token = () => readFile(join(home, 'token'), 'utf8')
const bearer = async () => ({ authorization: `Bearer ${await token()}` })
const ticketPath = () => new URL(server.newTicketUrl()).pathname + new URL(server.newTicketUrl()).search

async function cookie(): Promise<string> {
  const response = await ask(ticketPath())
  return response.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** The status that an upgrade was refused with, or the open socket. */
function upgrade(path: string, headers: Record<string, string>): Promise<number | WebSocket> {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers })
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

const clientOf = (socket: WebSocket) =>
  createORPCClient<Client>(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }))

describe('the local server', () => {
  it('says where it listens once it does, for this user only, and no longer when it has stopped', async () => {
    const api = join(home, 'api')
    expect(await readFile(api, 'utf8')).toBe(`/ip4/127.0.0.1/tcp/${new URL(server.url).port}/http`)
    for (const file of ['api', 'token']) expect((await stat(join(home, file))).mode & 0o777).toBe(0o600)
    const before = await token()
    await server.stop()
    await expect(stat(api)).rejects.toMatchObject({ code: 'ENOENT' })
    server = await start()
    expect(await token()).toBe(before)
  })

  it('lets a browser in once for each link, and by its cookie from then on', async () => {
    expect((await ask('/')).statusCode).toBe(403)
    expect((await ask('/?t=guess')).statusCode).toBe(403)
    const path = ticketPath()
    const entry = await ask(path)
    expect(entry.statusCode).toBe(303)
    expect(entry.headers.location).toBe('/')
    expect(entry.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict/)
    expect((await ask(path)).statusCode).toBe(403)
    const page = await ask('/', { headers: { cookie: entry.headers['set-cookie']?.[0]?.split(';')[0] ?? '' } })
    expect(page.text).toBe('the window')
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/)
  })

  it('knows the browser again when it starts anew on the same port', async () => {
    const headers = { cookie: await cookie() }
    const { port } = new URL(server.url)
    await server.stop()
    server = await start(Number(port))
    expect((await ask('/', { headers })).text).toBe('the window')
  })

  it('listens on the same port again where any will do, so that an open window finds it after a restart', async () => {
    const headers = { cookie: await cookie() }
    const { url } = server
    await server.stop()
    server = await start(0)
    expect(server.url).toBe(url)
    expect((await ask('/', { headers })).text).toBe('the window')
  })

  it('takes another port where its usual one is taken', async () => {
    const { port } = new URL(server.url)
    await server.stop()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(Number(port), '127.0.0.1', resolve))
    server = await start(0)
    expect(new URL(server.url).port).not.toBe(port)
    expect((await ask('/', { headers: await bearer() })).statusCode).toBe(200)
    await new Promise((resolve) => other.close(resolve))
  })

  it('gives links to who has the token, and to no page', async () => {
    const given = await ask('/ticket', { method: 'POST', headers: await bearer() })
    const { url } = JSON.parse(given.text) as { url: string }
    expect((await ask(url)).statusCode).toBe(303)
    const origin = server.url
    expect((await ask('/ticket', { method: 'POST', headers: { cookie: await cookie(), origin } })).statusCode).toBe(404)
    expect((await ask('/ticket', { method: 'POST' })).statusCode).toBe(401)
  })

  it('answers to no name but its own, so that a rebound DNS name gets nothing', async () => {
    const { port } = new URL(server.url)
    const as = async (host: string) => (await ask('/', { headers: { ...(await bearer()), host } })).statusCode
    expect(await as(`127.0.0.1:${port}`)).toBe(200)
    expect(await as(`localhost:${port}`)).toBe(200)
    expect(await as(`evil.example:${port}`)).toBe(403)
    expect(await as('127.0.0.1:1')).toBe(403)
  })

  it('says so when another program has the port', async () => {
    await expect(start(Number(new URL(server.url).port))).rejects.toMatchObject({
      message: expect.stringMatching(/another program listens there/),
    })
  })

  it('never logs a token', async () => {
    await ask(ticketPath())
    await ask('/', { headers: { authorization: 'Bearer wrong' } })
    await ask('/nothing', { headers: await bearer() })
    expect(log).not.toContain(await token())
  })
})

describe('the contract over the WebSocket', () => {
  it('is answered to a program with the token and to a page with the cookie', async () => {
    const program = await upgrade('/contract', await bearer())
    const page = await upgrade('/contract', { cookie: await cookie(), origin: server.url })
    for (const socket of [program, page]) {
      expect(await clientOf(socket as WebSocket).hello()).toBe('hello')
      ;(socket as WebSocket).close()
    }
  })

  it.each([
    ['nobody', async () => ({}), 401],
    ['a wrong token', async () => ({ authorization: 'Bearer wrong' }), 401],
    [
      'a page of another origin with our cookie',
      async () => ({ cookie: await cookie(), origin: 'http://evil.example' }),
      403,
    ],
    [
      'a page of another port with our cookie',
      async () => ({ cookie: await cookie(), origin: 'http://127.0.0.1:1' }),
      403,
    ],
    ['a cookie without an origin', async () => ({ cookie: await cookie() }), 403],
    ['a rebound name', async () => ({ ...(await bearer()), host: 'evil.example' }), 403],
  ])('is not answered to %s', async (_who, headers, status) => {
    expect(await upgrade('/contract', await headers())).toBe(status)
  })

  it('is the only one', async () => {
    expect(await upgrade('/other', await bearer())).toBe(404)
  })

  it('tells handlers that the caller has gone, and is over at once when the server stops', async () => {
    const socket = (await upgrade('/contract', await bearer())) as WebSocket
    const ended = new Promise((resolve) => socket.once('close', resolve))
    const waiting = expect(clientOf(socket).whenGone()).rejects.toThrow()
    await server.stop()
    await ended
    await waiting
  })
})

describe('an upload', () => {
  it('streams a dropped file into an import', async () => {
    const headers = { cookie: await cookie(), origin: server.url }
    const answer = await ask('/upload?name=a%20film.mkv', { method: 'PUT', headers, body: 'bytes' })
    expect(JSON.parse(answer.text)).toEqual({ source: 'a film.mkv', sizeBytes: 5 })
    expect(uploads).toEqual([{ name: 'a film.mkv', bytes: Buffer.from('bytes'), failed: false }])
  })

  it('is kept as it is when that is wanted', async () => {
    const headers = await bearer()
    const answer = await ask('/upload?name=a.car&as=file', { method: 'PUT', headers, body: 'bytes' })
    expect(JSON.parse(answer.text)).toEqual({ path: '/copies/a.car' })
    expect(uploads).toEqual([{ name: 'a.car', bytes: Buffer.from('bytes'), failed: false }])
    expect((await ask('/upload?name=a.car&as=file', { method: 'PUT', body: 'x' })).statusCode).toBe(401)
  })

  it('is refused from another page, without a token, and with a name that is a path', async () => {
    const foreign = { cookie: await cookie(), origin: 'http://evil.example' }
    expect((await ask('/upload?name=x', { method: 'PUT', headers: foreign, body: 'x' })).statusCode).toBe(403)
    expect((await ask('/upload?name=x', { method: 'PUT', body: 'x' })).statusCode).toBe(401)
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', 'a\0b', 'x'.repeat(300)]) {
      const path = `/upload?name=${encodeURIComponent(name)}`
      const answer = await ask(path, { method: 'PUT', headers: await bearer(), body: 'x' })
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
    const profile = await ask('/upload?name=x&profile=none', { method: 'PUT', headers: await bearer(), body: 'x' })
    expect(JSON.parse(profile.text)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('unixfs-v1-2025'),
    })
    expect(uploads).toEqual([])
  })

  it('that breaks off is a failure and never a short file', async () => {
    const headers = { ...(await bearer()), 'content-length': '1000000' }
    const sent = request(new URL('/upload?name=x', server.url), { method: 'PUT', headers })
    sent.on('error', () => undefined)
    sent.write('only this')
    await until(() => (uploads[0]?.bytes.length ?? 0) > 0)
    sent.destroy()
    await until(() => uploads[0]?.failed === true)
  })
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
