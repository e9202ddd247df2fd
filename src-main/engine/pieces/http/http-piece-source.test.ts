import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../base/index.ts'
import { contentBytes } from '../../testing/content.ts'
import { loopbackServer } from '../../testing/loopback-server.ts'
import { HttpPieceSource } from '../index.ts'

const V1 = 'baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq'
const piece = CID.parse(V1)
const bytes = contentBytes({ content: 'stream', seed: 12, size: 3_000_001 })

/** Retries at once. */
const impatient: Clock = { now: () => Date.now(), sleep: async () => {} }

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)))
  server = undefined
})

interface Behaviour {
  /** Asked before the piece is served; true when it has answered. */
  before?: (request: IncomingMessage, response: ServerResponse) => boolean
  ranges?: boolean
  head?: boolean
  etag?: () => string | undefined
  /** Answers with the range that was asked for, whatever version it was asked of. */
  ignoresIfRange?: boolean
  content?: () => Uint8Array
}

/** A piece server, and the requests it got. */
async function serve(
  behaviour: Behaviour = {},
): Promise<{ source: HttpPieceSource; requests: string[]; baseUrl: string }> {
  const requests: string[] = []
  const baseUrl = await listen((request, response) => {
    requests.push(`${request.method} ${request.headers.range ?? ''}`.trim())
    if (behaviour.before?.(request, response) === true) return
    if (request.url !== `/base/piece/${V1}`) return void response.writeHead(404).end()
    if (request.method === 'HEAD' && behaviour.head === false) return void response.writeHead(405).end()
    servePiece(request, response, behaviour)
  })
  const source = new HttpPieceSource({ baseUrl: `${baseUrl}/base`, clock: impatient, stallTimeoutMs: 5000 })
  return { source, requests, baseUrl }
}

function servePiece(request: IncomingMessage, response: ServerResponse, behaviour: Behaviour): void {
  const content = behaviour.content?.() ?? bytes
  const etag: string | undefined = behaviour.etag === undefined ? '"v1"' : behaviour.etag()
  if (etag !== undefined) response.setHeader('etag', etag)
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  const sameVersion =
    behaviour.ignoresIfRange === true ||
    request.headers['if-range'] === undefined ||
    request.headers['if-range'] === etag
  const asksRange = from !== undefined && behaviour.ranges !== false && sameVersion
  const start = asksRange ? Number(from) : 0
  const end = asksRange ? Math.min(Number(to) + 1, content.length) : content.length
  if (start > content.length) return void response.writeHead(416).end()
  if (asksRange) response.setHeader('content-range', `bytes ${start}-${end - 1}/${content.length}`)
  response.writeHead(asksRange ? 206 : 200, { 'content-length': end - start })
  response.end(request.method === 'HEAD' ? undefined : content.subarray(start, end))
}

async function listen(handler: RequestListener): Promise<string> {
  const started = createServer(handler)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`
}

describe('HttpPieceSource', () => {
  it('tells what the server has', async () => {
    const { source } = await serve()
    expect(await source.stat(piece)).toEqual({
      source: 'http',
      state: 'unsealed',
      sizeBytes: bytes.length,
      pieceSize: null,
      path: null,
    })
    const absent = CID.parse('baga6ea4seaqpdt62ta3xov42nei467a5j6kc4zg54fcxizf2xpo5hf2ztnhmooy')
    expect(await source.stat(absent)).toMatchObject({ state: 'missing', sizeBytes: null })
    await expect(source.open(absent)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
  })

  it('reads at any position, sizes and orders mixed', async () => {
    const { source } = await serve()
    const reader = await source.open(piece)
    expect(reader.size).toBe(bytes.length)
    const reads: Array<[number, number]> = [
      [0, 10],
      [bytes.length - 5, 100],
      [1_000_000, 1_500_000],
      [130_040, 20],
      [bytes.length, 10],
      [7, 1],
    ]
    const into = await Promise.all(
      reads.map(async ([position, length]) => {
        const part = new Uint8Array(length)
        return part.subarray(0, await reader.readAt(part, position))
      }),
    )
    for (const [at, [position, length]] of reads.entries())
      expect(Buffer.compare(into[at] ?? bytes, bytes.subarray(position, position + length))).toBe(0)
    await reader.close()
    await expect(reader.readAt(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('reads ahead: many small reads forward take few requests', async () => {
    const { source, requests } = await serve()
    const reader = await source.open(piece)
    const all = new Uint8Array(bytes.length)
    for (let at = 0; at < all.length; at += 10_000) await reader.readAt(all.subarray(at, at + 10_000), at)
    expect(Buffer.compare(all, bytes)).toBe(0)
    expect(requests.length).toBeLessThan(12)
    await reader.close()
  })

  it('goes on where a connection broke', async () => {
    let broken = 0
    const { source, requests } = await serve({
      before: (request, response) => {
        if (request.method === 'HEAD' || broken >= 2) return false
        broken++
        response.writeHead(206, {
          'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}`,
          'content-length': bytes.length,
        })
        response.write(bytes.subarray(0, 100_000), () => response.destroy())
        return true
      },
    })
    const reader = await source.open(piece)
    const into = new Uint8Array(bytes.length)
    expect(await reader.readAt(into, 0)).toBe(bytes.length)
    expect(Buffer.compare(into, bytes)).toBe(0)
    expect(requests.filter((request) => request.startsWith('GET')).length).toBe(3)
    await reader.close()
  })

  it.each([429, 500, 503])('asks again after %i, and gives up in the end', async (status) => {
    let refusals = 2
    const { source } = await serve({
      before: (_request, response) => {
        if (refusals-- <= 0) return false
        response.writeHead(status).end()
        return true
      },
    })
    expect(await source.stat(piece)).toMatchObject({ state: 'unsealed' })
    refusals = 100
    await expect(source.stat(piece)).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' })
  })

  it('reads from a server that knows no ranges, as one stream while it can', async () => {
    const { source, requests } = await serve({ ranges: false })
    const reader = await source.open(piece)
    const all = new Uint8Array(bytes.length)
    for (let at = 0; at < all.length; at += 500_000) await reader.readAt(all.subarray(at, at + 500_000), at)
    expect(Buffer.compare(all, bytes)).toBe(0)
    expect(requests.length).toBeLessThan(5)
    const back = new Uint8Array(100)
    await reader.readAt(back, 2_000_000)
    expect(back).toEqual(bytes.slice(2_000_000, 2_000_100))
    await reader.close()
  })

  it('takes the size from a range where HEAD is not known', async () => {
    const { source } = await serve({ head: false })
    expect(await source.stat(piece)).toMatchObject({ state: 'unsealed', sizeBytes: bytes.length })
  })

  it.each<[string, Behaviour]>([
    ['says another ETag', { etag: () => '"v2"' }],
    ['says another ETag, and minds no If-Range', { etag: () => '"v2"', ignoresIfRange: true }],
    [
      'says another length of the whole in a range',
      { content: () => new Uint8Array(bytes.length + 5), ignoresIfRange: true, etag: () => undefined },
    ],
    ['says another length', { content: () => bytes.subarray(0, 1_000_000), etag: () => undefined }],
    ['ends before the range', { content: () => bytes.subarray(0, 10), etag: () => undefined }],
  ])('notices that the piece changed when the server %s', async (_what, later) => {
    const behaviour: Behaviour = {}
    const { source } = await serve(behaviour)
    const reader = await source.open(piece)
    Object.assign(behaviour, later)
    await expect(reader.readAt(new Uint8Array(100), 500_000)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    await reader.close()
  })

  it.each([
    ['needs a permission', 401, {}, 'UNAUTHORIZED'],
    ['answers nonsense', 302, {}, 'PEER_PROTOCOL'],
    ['compresses', 200, { 'content-encoding': 'gzip', 'content-length': '10' }, 'PEER_PROTOCOL'],
    ['does not tell the size', 200, { 'transfer-encoding': 'chunked' }, 'PEER_PROTOCOL'],
  ])('names the fault of a server that %s', async (_what, status, headers, code) => {
    const { source } = await serve({
      before: (_request, response) => {
        response.writeHead(status, headers).end()
        return true
      },
    })
    await expect(source.stat(piece)).rejects.toMatchObject({ code })
  })

  it('reads on where the server’s weak ETag changes: that is no promise about bytes', async () => {
    let etag = 'W/"1"'
    const { source } = await serve({ etag: () => etag })
    const reader = await source.open(piece)
    etag = 'W/"2"'
    const into = new Uint8Array(100)
    expect(await reader.readAt(into, 500_000)).toBe(100)
    expect(into).toEqual(bytes.slice(500_000, 500_100))
    await reader.close()
  })

  it('does not take a secret along to where it is redirected, and keeps it on the same server', async () => {
    const seen: Array<[string | undefined, string | undefined]> = []
    const elsewhere = await loopbackServer((request, response) => {
      seen.push(['elsewhere', request.headers.authorization])
      response.writeHead(200, { 'content-length': 3 }).end()
    })
    let location = '/moved'
    const { baseUrl } = await serve({
      before: (request, response) => {
        seen.push([request.url, request.headers.authorization])
        if (request.url === '/moved') response.writeHead(200, { 'content-length': 3 }).end()
        else response.writeHead(307, { location }).end()
        return true
      },
    })
    const headers = { authorization: 'Bearer secret' }
    const source = new HttpPieceSource({ baseUrl, clock: impatient, headers })
    await source.stat(piece)
    location = elsewhere.url
    await source.stat(piece)
    expect(seen.map(([url = '', sent]) => [url.replace(/^\/piece.*/, '/piece'), sent])).toEqual([
      ['/piece', 'Bearer secret'],
      ['/moved', 'Bearer secret'],
      ['/piece', 'Bearer secret'],
      ['elsewhere', undefined],
    ])
    await elsewhere.close()
  })

  it('does not wait for ever for a server that stands still', async () => {
    const baseUrl = await listen(() => {})
    const source = new HttpPieceSource({ baseUrl, clock: impatient, stallTimeoutMs: 20, attempts: 2 })
    await expect(source.stat(piece)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: expect.stringMatching(/^http:.* sent nothing for/),
    })
  })

  it('can be cancelled while it waits', async () => {
    const stop = new AbortController()
    const { source } = await serve({
      before: (request) => {
        if (request.method === 'HEAD') return false
        stop.abort()
        return true
      },
    })
    const reader = await source.open(piece)
    await expect(reader.readAt(new Uint8Array(10), 0, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(reader.readAt(new Uint8Array(2_000_000), 0, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    await reader.close()
  })

  it('says so when nobody listens', async () => {
    const { source } = await serve()
    await new Promise((resolve) => server?.close(resolve))
    server = undefined
    await expect(source.stat(piece)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: expect.stringContaining(V1),
    })
  })

  it('refuses what is no address', () => {
    for (const baseUrl of ['ftp://127.0.0.1/', 'nonsense', ''])
      expect(() => new HttpPieceSource({ baseUrl, clock: systemClock })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
  })
})
