import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError, fromErrno, inlineTaskRunner } from '../base/index.ts'
import { type OpenWritableFile, openLocalFile } from '../blockstore/index.ts'
import { PIECE_CHUNK_BYTES, type PieceCommitment, PieceHasher } from '../commp/index.ts'
import { HttpClient } from '../net/index.ts'
import { fillStream } from '../testing/content.ts'
import { type LoopbackServer, loopbackServer, serveRange } from '../testing/loopback-server.ts'
import { journalPath, type PiecePull, pullPiece } from './piece-pull.ts'

const SIZE = 2 * PIECE_CHUNK_BYTES + 1000
const bytes = new Uint8Array(SIZE)
fillStream(bytes, 11)

let expected: PieceCommitment
let directory: string
let path: string
let server: LoopbackServer | null = null
const client = new HttpClient()
/** For servers that fall silent; a busy machine is as slow as that now and then. */
const impatient = new HttpClient({ firstByteTimeoutMs: 300, stallTimeoutMs: 300 })

beforeEach(async () => {
  if (expected === undefined) {
    const hasher = new PieceHasher(inlineTaskRunner)
    await hasher.update(bytes)
    expected = await hasher.finish()
  }
  directory = await mkdtemp(join(tmpdir(), 'carport-pull-'))
  path = join(directory, '1.car')
})

afterEach(async () => {
  await server?.close()
  server = null
  await rm(directory, { recursive: true, force: true })
})

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = await loopbackServer(answer)
  return `${server.url}/data`
}

function pull(url: string, more: Partial<PiecePull> = {}): Promise<PieceCommitment> {
  return pullPiece({
    ...{ url, headers: {}, path, sizeBytes: SIZE, pieceCid: expected.pieceCid, client, tasks: inlineTaskRunner },
    ...{ signal: new AbortController().signal, onProgress: () => {}, onNote: () => {} },
    ...more,
  })
}

async function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => EngineError.from(error).code,
  )
}

describe('pullPiece', () => {
  it('pulls chunk by chunk, computes the commitment, and keeps the bytes', async () => {
    const url = await serving((request, response) => serveRange(bytes, request, response))
    const progress: number[] = []
    const commitment = await pull(url, { onProgress: (done) => progress.push(done) })
    expect(commitment.pieceCid.toString()).toBe(expected.pieceCid.toString())
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
    expect(progress.at(-1)).toBe(SIZE)
    expect(server?.requests).toHaveLength(3)
  })

  it('goes on with the chunks that are missing after a cut, and asks for no other', async () => {
    let cut = true
    const url = await serving((request, response) => {
      if (!cut || request.headers.range?.startsWith('bytes=0-') === true) serveRange(bytes, request, response)
      else
        response
          .writeHead(206, { 'Content-Range': contentRange(request) })
          .write(bytes.subarray(0, 1000), () => response.destroy())
    })
    expect(await code(pull(url, { connections: 1 }))).toBe('PEER_UNAVAILABLE')
    cut = false
    server?.requests.splice(0)
    expect((await pull(url)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(server?.requests.map((line) => line.split('bytes=')[1]?.split('-')[0])).toEqual([
      String(PIECE_CHUNK_BYTES),
      String(2 * PIECE_CHUNK_BYTES),
    ])
  })

  it('asks for nothing when everything is there already', async () => {
    const url = await serving((request, response) => serveRange(bytes, request, response))
    await pull(url)
    server?.requests.splice(0)
    expect((await pull(url)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(server?.requests).toEqual([])
  })

  it('takes the whole from a server that knows no ranges', async () => {
    const url = await serving((_, response) => void response.writeHead(200, { 'Content-Length': SIZE }).end(bytes))
    expect((await pull(url)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  })

  it('starts over when the bytes at the source are others than before', async () => {
    const other = Uint8Array.from(bytes, (byte) => byte ^ 1)
    let content: Uint8Array = other
    let requests = 0
    const url = await serving((request, response) => {
      const etag = content === other ? '"other"' : '"right"'
      const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
      if (content === other && ++requests > 1) response.destroy()
      else if (isSame) serveRange(content, request, response, { ETag: etag })
      else response.writeHead(200, { ETag: etag, 'Content-Length': SIZE }).end(content)
    })
    expect(await code(pull(url, { connections: 1 }))).toBe('PEER_UNAVAILABLE')
    content = bytes
    const notes: string[] = []
    const commitment = await pull(url, { onNote: (note) => notes.push(note) })
    expect(commitment.pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(notes.join()).toMatch(/has changed/)
  })

  it.each<[string, string, (request: IncomingMessage, response: ServerResponse) => void]>([
    [
      'has another size',
      'PEER_PROTOCOL',
      (request, response) => serveRange(bytes.subarray(0, SIZE - 1), request, response),
    ],
    [
      'gives another range',
      'PEER_PROTOCOL',
      (_, response) =>
        void response.writeHead(206, { 'Content-Range': `bytes 5-9/${SIZE}` }).end(bytes.subarray(5, 10)),
    ],
    [
      'never ends',
      'PEER_PROTOCOL',
      (request, response) => {
        response.writeHead(206, { 'Content-Range': contentRange(request) })
        const more = () => {
          while (!response.destroyed) if (!response.write(bytes)) return void response.once('drain', more)
        }
        more()
      },
    ],
    [
      'ends a range early, as if it were complete',
      'PEER_PROTOCOL',
      (request, response) =>
        void response.writeHead(206, { 'Content-Range': contentRange(request) }).end(bytes.subarray(0, 9)),
    ],
    ['is silent', 'PEER_UNAVAILABLE', () => {}],
    [
      'falls silent in the middle',
      'PEER_UNAVAILABLE',
      (request, response) =>
        void response.writeHead(206, { 'Content-Range': contentRange(request) }).write(bytes.subarray(0, 9)),
    ],
    [
      'trickles',
      'PEER_UNAVAILABLE',
      (request, response) => {
        response.writeHead(206, { 'Content-Range': contentRange(request) })
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
    ['wants another secret', 'UNAUTHORIZED', (_, response) => void response.writeHead(401).end()],
    ['is overloaded', 'PEER_UNAVAILABLE', (_, response) => void response.writeHead(503).end()],
    ['sends something else than HTTP', 'PEER_PROTOCOL', (_, response) => void response.socket?.end('hello\r\n\r\n')],
  ])('tells clearly when the server %s', async (_, wanted, answer) => {
    const url = await serving(answer)
    const error = await pull(url, { client: impatient }).then(
      () => null,
      (thrown: unknown) => EngineError.from(thrown),
    )
    expect(error).toMatchObject({ code: wanted })
    expect(error?.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ .+\.$/)
  })

  it('tells when nothing listens', async () => {
    const url = await serving(() => {})
    await server?.close()
    await expect(pull(url)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: expect.stringContaining('nothing listens'),
    })
  })

  it('keeps what arrived when the disk is full, and goes on when there is space', async () => {
    const url = await serving((request, response) => serveRange(bytes, request, response))
    const openFile: OpenWritableFile = async (filePath) => {
      const file = await openLocalFile(filePath)
      const writeAt = async (part: Uint8Array, position: number) => {
        if (position > 0)
          throw fromErrno(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }), filePath)
        await file.writeAt(part, position)
      }
      return new Proxy(file, { get: (target, name) => (name === 'writeAt' ? writeAt : bound(target, name)) })
    }
    expect(await code(pull(url, { openFile, connections: 1 }))).toBe('NO_SPACE')
    server?.requests.splice(0)
    expect((await pull(url)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(server?.requests).toHaveLength(2)
  })

  it('ends at once when aborted, and goes on later', async () => {
    const controller = new AbortController()
    const url = await serving((request, response) => {
      if (request.headers.range?.startsWith('bytes=0-') === true) serveRange(bytes, request, response)
      else controller.abort(new EngineError('CANCELLED', 'enough'))
    })
    expect(await code(pull(url, { signal: controller.signal, connections: 1 }))).toBe('CANCELLED')
    await server?.close()
    const again = await serving((request, response) => serveRange(bytes, request, response))
    expect((await pull(again)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(server?.requests).toHaveLength(2)
  })

  it('trusts no line of the journal that is torn', async () => {
    const url = await serving((request, response) => serveRange(bytes, request, response))
    await pull(url)
    const journal = await readFile(journalPath(path), 'utf8')
    await writeFile(journalPath(path), journal.slice(0, -5))
    server?.requests.splice(0)
    expect((await pull(url)).pieceCid.equals(expected.pieceCid)).toBe(true)
    expect(server?.requests).toHaveLength(1)
  })
})

function contentRange(request: IncomingMessage): string {
  return `bytes ${request.headers.range?.slice('bytes='.length)}/${SIZE}`
}

function bound<Target extends object>(target: Target, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
