import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError, MemoryReader, silentLogger, systemClock } from '../base/index.ts'
import { fillStream } from '../testing/content.ts'
import { parseRange } from './byte-range.ts'
import { DataServer } from './data-server.ts'
import type { DealStatus } from './deal-protocol.ts'
import type { DealDoor, OutgoingLedger, OutgoingSpec, ProviderServerPorts, ServedPieces } from './net-ports.ts'
import { createProviderServer } from './provider-server.ts'

const PIECE = CID.parse('baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq')
const bytes = new Uint8Array(3_000_000)
fillStream(bytes, 5)

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Notes what is read, and refuses what a test wants refused. */
class NotingLedger implements OutgoingLedger {
  readonly opened: OutgoingSpec[] = []
  sentBytes = 0
  refusal: EngineError | null = null
  readonly controller = new AbortController()

  openOutgoing(spec: OutgoingSpec) {
    if (this.refusal !== null) throw this.refusal
    this.opened.push(spec)
    return {
      signal: this.controller.signal,
      sent: (count: number) => {
        this.sentBytes += count
      },
      release: () => {},
    }
  }
}

const pieces: ServedPieces = {
  stat: async (cid) => ({ state: cid.equals(PIECE) ? 'unsealed' : 'missing', sizeBytes: bytes.length }),
  open: async () => new MemoryReader(bytes),
}

async function serving(
  ports: Partial<ProviderServerPorts> = {},
  limits = {},
): Promise<{ url: string; ledger: NotingLedger }> {
  const ledger = new NotingLedger()
  const server = createProviderServer(
    { clock: systemClock, log: silentLogger, transfers: ledger, dags: null, pieces, deals: null, ...ports },
    { listen: { host: '127.0.0.1', port: 0 }, version: '1.2.3', limits },
  )
  cleanups.push(() => server.close())
  return { url: await server.start(), ledger }
}

/** Not fetch, which does not let a test choose Host. */
function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: options.method, headers: options.headers }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

describe('the listener', () => {
  it('says what it serves', async () => {
    const { url } = await serving()
    expect(JSON.parse((await ask(`${url}/info`)).body.toString())).toEqual({
      software: 'carport',
      version: '1.2.3',
      protocols: { pieces: { path: '/piece' } },
    })
  })

  it('serves nothing that is switched off', async () => {
    const { url } = await serving({ pieces: null })
    for (const path of [`/piece/${PIECE}`, '/ipfs/bafkqaaa?format=raw', '/deals', '/', '/pieces'])
      expect((await ask(url + path)).status).toBe(404)
  })

  it('answers only under a loopback name, so that a web page cannot read it by a name of its own', async () => {
    const { url } = await serving()
    const host = async (name: string) => (await ask(`${url}/info`, { headers: { Host: name } })).status
    expect(await host('127.0.0.1:80')).toBe(200)
    expect(await host('localhost')).toBe(200)
    expect(await host('[::1]:8080')).toBe(200)
    for (const name of ['attacker.example', '127.0.0.1.attacker.example', 'localhost.attacker.example', 'a b'])
      expect(await host(name)).toBe(421)
  })

  it('says which methods are possible', async () => {
    const { url } = await serving()
    const answer = await ask(`${url}/piece/${PIECE}`, { method: 'PUT' })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  it('turns away more requests than it can take, and takes them again afterwards', async () => {
    let let_ = () => {}
    const gate = new Promise<void>((resolve) => {
      let_ = resolve
    })
    let waiting = 0
    let arrived = () => {}
    const both = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const slow: ServedPieces = {
      ...pieces,
      stat: async () => {
        if (++waiting === 2) arrived()
        await gate
        return { state: 'missing', sizeBytes: null }
      },
    }
    const { url } = await serving({ pieces: slow }, { maxRequestsPerClient: 2 })
    const taken = [ask(`${url}/piece/${PIECE}`), ask(`${url}/piece/${PIECE}`)]
    await both
    const refused = await ask(`${url}/info`)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1'])
    let_()
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([404, 404])
    expect((await ask(`${url}/info`)).status).toBe(200)
  })

  it('cuts what is under way when it closes', async () => {
    const ledger = new NotingLedger()
    const server = createProviderServer(
      { clock: systemClock, log: silentLogger, transfers: ledger, dags: null, pieces, deals: null },
      { listen: { host: '127.0.0.1', port: 0 }, version: 'x' },
    )
    const url = new URL(await server.start())
    const socket = connect(Number(url.port), url.hostname)
    socket.write(`GET /piece/${PIECE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    await server.close()
    expect(server.url).toBeNull()
    socket.destroy()
  })

  it('cuts off who takes no byte for a while', async () => {
    let release = () => {}
    const closed = new Promise<void>((resolve) => {
      release = resolve
    })
    const endless: ServedPieces = {
      ...pieces,
      open: async () => ({ size: 2 ** 40, readAt: async (into) => into.length, close: async () => release() }),
    }
    const { url } = await serving({ pieces: endless }, { stallTimeoutMs: 100 })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.pause()
    socket.write(`GET /piece/${PIECE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    await closed
    socket.destroy()
  })

  it('tells clearly that an address is taken', async () => {
    const { url } = await serving()
    const second = createProviderServer(
      { clock: systemClock, log: silentLogger, transfers: new NotingLedger(), dags: null, pieces, deals: null },
      { listen: { host: '127.0.0.1', port: Number(new URL(url).port) }, version: 'x' },
    )
    await expect(second.start()).rejects.toMatchObject({
      code: 'IO_ERROR',
      message: expect.stringContaining('another program listens there'),
    })
  })
})

describe('/piece', () => {
  it('gives the whole and any part, by either form of the CID', async () => {
    const { url, ledger } = await serving()
    const whole = await ask(`${url}/piece/${PIECE}`)
    expect(whole.status).toBe(200)
    expect(Buffer.compare(whole.body, bytes)).toBe(0)
    expect(whole.headers).toMatchObject({
      etag: `"${PIECE}"`,
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      'cache-control': 'public, max-age=29030400, immutable',
    })
    const part = await ask(`${url}/piece/${PIECE}`, { headers: { Range: 'bytes=1000000-1999999' } })
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 1000000-1999999/3000000'])
    expect(Buffer.compare(part.body, bytes.subarray(1_000_000, 2_000_000))).toBe(0)
    const head = await ask(`${url}/piece/${PIECE}`, { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '3000000', 0])
    expect(ledger.opened.map(({ kind, what }) => `${kind} ${what}`)).toEqual([`piece ${PIECE}`, `piece ${PIECE}`])
    expect(ledger.sentBytes).toBe(4_000_000)
  })

  it('gives the part that was asked for only while the bytes are the same', async () => {
    const { url } = await serving()
    const asked = (etag: string) => ask(`${url}/piece/${PIECE}`, { headers: { Range: 'bytes=0-9', 'If-Range': etag } })
    expect((await asked(`"${PIECE}"`)).status).toBe(206)
    expect((await asked('"other"')).status).toBe(200)
    expect((await ask(`${url}/piece/${PIECE}`, { headers: { 'If-None-Match': `"${PIECE}"` } })).status).toBe(304)
  })

  it('tells apart what it does not hold, cannot read now, and does not understand', async () => {
    const sealed = { ...pieces, stat: async () => ({ state: 'sealed-only' as const, sizeBytes: null }) }
    const other = 'baga6ea4seaqabarpcvnzv7zylcvh2ruqtcmqgvhskjzzhlbkknixyzlofu4lqmi'
    expect((await ask(`${(await serving()).url}/piece/${other}`)).status).toBe(404)
    const unavailable = await ask(`${(await serving({ pieces: sealed })).url}/piece/${PIECE}`)
    expect([unavailable.status, unavailable.headers['retry-after']]).toEqual([503, '5'])
    for (const name of ['nonsense', 'bafkqaaa', ''])
      expect((await ask(`${(await serving()).url}/piece/${name}`)).status).toBe(400)
  })

  it('asks to come back later while the transfer is paused', async () => {
    const { url, ledger } = await serving()
    ledger.refusal = new EngineError('PEER_UNAVAILABLE', 'Paused.', { details: { retryAfterSeconds: 15 } })
    const answer = await ask(`${url}/piece/${PIECE}`)
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '15'])
  })

  it('shows nothing of a failure of its own but that it failed', async () => {
    const broken = {
      ...pieces,
      open: async () => {
        throw new EngineError('INTERNAL', 'secret path /home/somebody')
      },
    }
    const answer = await ask(`${(await serving({ pieces: broken })).url}/piece/${PIECE}`)
    expect(answer.status).toBe(500)
    expect(answer.body.toString()).not.toContain('somebody')
  })
})

describe('/deals', () => {
  const status: DealStatus = {
    ...{ version: 1, dealId: '7', state: 'accepted', message: 'ok', error: null },
    ...{ receivedBytes: 0, totalBytes: 1, revision: 1 },
  }
  const door: DealDoor = { propose: async () => status, status: async () => status, cancel: async () => status }
  const proposal = JSON.stringify({
    ...{ version: 1, proposalId: 'abcdefgh', root: 'bafkqaaa', pieceCid: String(PIECE), pieceSize: 128, carSize: 100 },
    transfer: { type: 'http', url: 'http://127.0.0.1:1/transfer/x', headers: {} },
  })
  const json = { 'Content-Type': 'application/json', Authorization: 'Bearer 0123456789abcdef' }

  it('takes a proposal', async () => {
    const { url } = await serving({ deals: door })
    const answer = await ask(`${url}/deals`, { method: 'POST', headers: json, body: proposal })
    expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([200, status])
    expect((await ask(`${url}/deals/7`, { headers: json })).status).toBe(200)
    expect((await ask(`${url}/deals/7`, { method: 'DELETE', headers: json })).status).toBe(200)
  })

  it.each<[string, number, { headers?: Record<string, string>; body?: string }]>([
    ['without a secret', 401, { headers: { 'Content-Type': 'application/json' }, body: proposal }],
    ['that a web page could send', 415, { headers: { ...json, 'Content-Type': 'text/plain' }, body: proposal }],
    ['that is not JSON', 400, { headers: json, body: '{' }],
    ['of another version', 400, { headers: json, body: proposal.replace('"version":1', '"version":2') }],
    ['with a URL of another kind', 400, { headers: json, body: proposal.replace('http://127', 'file://127') }],
    ['that is too long', 413, { headers: json, body: ' '.repeat(70_000) }],
  ])('refuses a proposal %s', async (_, expected, options) => {
    const { url } = await serving({ deals: door })
    const answer = await ask(`${url}/deals`, { method: 'POST', ...options })
    expect(answer.status).toBe(expected)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { message: expect.any(String) } })
  })
})

describe('deal data', () => {
  it('goes only to who knows the secret, and to nobody once it is withdrawn', async () => {
    const ledger = new NotingLedger()
    const server = new DataServer({ address: { host: '127.0.0.1', port: 0 }, transfers: ledger, log: silentLogger })
    cleanups.push(() => server.close())
    const failures: unknown[] = []
    const url = await server.offer('deal', {
      ...{ ownerId: '7', what: 'root', secret: 'right', sizeBytes: bytes.length, pieceCid: String(PIECE) },
      async *read({ start, end }) {
        if (start === 13) throw new EngineError('SOURCE_CHANGED', 'changed')
        yield bytes.subarray(start, end)
      },
      failed: (error) => failures.push(error),
    })
    const get = (secret: string, range?: string) =>
      ask(`${url}/transfer/deal`, {
        headers: { Authorization: `Bearer ${secret}`, ...(range === undefined ? {} : { Range: range }) },
      })
    expect((await get('wrong')).status).toBe(401)
    expect((await ask(`${url}/transfer/deal`)).status).toBe(401)
    expect(Buffer.compare((await get('right')).body, bytes)).toBe(0)
    expect((await get('right', 'bytes=10-19')).body).toEqual(Buffer.from(bytes.subarray(10, 20)))
    await expect(get('right', 'bytes=13-19')).rejects.toThrow()
    expect(failures).toMatchObject([{ code: 'SOURCE_CHANGED' }])
    expect(new Set(ledger.opened.map(({ key }) => key)).size).toBe(1)
    server.withdraw('deal')
    expect((await get('right')).status).toBe(410)
  })
})

describe('parseRange', () => {
  it.each<[string | undefined, ReturnType<typeof parseRange>]>([
    [undefined, 'whole'],
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=5-', { start: 5, end: 100 }],
    ['bytes=-5', { start: 95, end: 100 }],
    ['bytes=-500', { start: 0, end: 100 }],
    ['bytes=90-100', { start: 90, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-5', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['items=0-9', 'whole'],
    ['bytes=-', 'whole'],
  ])('reads %s', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range)
  })
})
