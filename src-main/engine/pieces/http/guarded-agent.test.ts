import type { LookupAddress } from 'node:dns'
import { isIPv6 } from 'node:net'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/index.ts'
import { type LoopbackServer, loopbackServer, serveRange } from '../../testing/loopback-server.ts'
import type { Lookup } from './guarded-agent.ts'
import { HttpFiles } from './http-files.ts'
import { HttpPieceSource } from './http-piece-source.ts'

/** Where the names of this test lead to: what each answer in turn says. */
let names: Record<string, string[][]>
let asked: string[]
let hosts: string[]
let server: LoopbackServer
/** Where the server redirects to, if anywhere. */
let location: string | null
let requests: string[]

beforeEach(async () => {
  names = {}
  asked = []
  requests = []
  hosts = []
  location = null
  server = await loopbackServer((request, response) => {
    requests.push(`${request.method} ${request.headers.host}`)
    const moves = location !== null && !(request.headers.host ?? '').startsWith('inner.')
    if (moves) return void response.writeHead(302, { location: location ?? '' }).end()
    const bytes = Buffer.from('the bytes of a file')
    if (request.method !== 'HEAD') return serveRange(bytes, request, response, { etag: '"1"' })
    response.writeHead(200, { 'content-length': bytes.length, 'accept-ranges': 'bytes', connection: 'close' }).end()
  })
})
afterEach(() => server.close())

const port = () => new URL(server.url).port
const at = (name: string) => `http://${name}:${port()}/a.car`

const addressOf = (address: string): LookupAddress => ({ address, family: isIPv6(address) ? 6 : 4 })

function files(): HttpFiles {
  return new HttpFiles({
    clock: systemClock,
    limits: () => ({ hosts, maxSizeBytes: 0, stallTimeoutMs: 500, attempts: 1 }),
    lookup: (name, _options, answer) => {
      asked.push(name)
      const [addresses = []] = names[name] ?? []
      if ((names[name]?.length ?? 0) > 1) names[name]?.shift()
      answer(null, addresses.map(addressOf))
    },
  })
}

const refused = { code: 'MOUNT_INVALID', message: expect.stringContaining('in a private network') }

describe('a name that leads into a private network', () => {
  it.each(['127.0.0.1', '10.0.0.7', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1'])(
    'is not asked: %s',
    async (address) => {
      names['public.example'] = [[address]]
      await expect(files().stat(at('public.example'))).rejects.toMatchObject(refused)
      await expect(files().open(at('public.example'))).rejects.toMatchObject(refused)
      expect(requests).toEqual([])
    },
  )

  it('is asked where it is named itself, with or without its port', async () => {
    names['nas.example'] = [['127.0.0.1']]
    for (hosts of [['nas.example'], [`nas.example:${port()}`]])
      expect(await files().stat(at('nas.example'))).toMatchObject({ sizeBytes: 19 })
    hosts = ['nas.example:1']
    await expect(files().stat(at('nas.example'))).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
  })

  it('is not asked because its domain is allowed: whoever owns a name of it could lead it anywhere', async () => {
    names['evil.files.example'] = [['127.0.0.1']]
    hosts = ['*.files.example']
    await expect(files().stat(at('evil.files.example'))).rejects.toMatchObject(refused)
    expect(requests).toEqual([])
  })

  it('is not asked at that address where it has others, too', async () => {
    names['both.example'] = [['127.0.0.1', '192.0.2.1']]
    await expect(files().stat(at('both.example'))).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' })
    expect(requests).toEqual([])
  })
})

describe('a name that changes its meaning', () => {
  it('is judged by the address that is connected to, with each connection', async () => {
    names['nas.example'] = [['127.0.0.1']]
    hosts = ['nas.example']
    const reading = files()
    await reading.stat(at('nas.example'))
    expect(asked).toEqual(['nas.example']) // one answer, judged and used
    hosts = ['*.example']
    await expect(reading.stat(at('nas.example'))).rejects.toMatchObject(refused)
    expect(requests).toHaveLength(1)
  })

  it('does not get through between two requests', async () => {
    names['rebinding.example'] = [['192.0.2.1'], ['127.0.0.1']]
    const reading = files()
    await expect(reading.stat(at('rebinding.example'))).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' })
    await expect(reading.stat(at('rebinding.example'))).rejects.toMatchObject(refused)
    expect(requests).toEqual([])
  })
})

describe('a redirect', () => {
  it('does not lead to a name in a private network', async () => {
    names['inner.example'] = [['127.0.0.1']]
    location = at('inner.example')
    await expect(files().stat(at('127.0.0.1'))).rejects.toMatchObject(refused)
    expect(requests).toEqual([`HEAD 127.0.0.1:${port()}`])
  })

  it('leads to one that is named', async () => {
    names['inner.example'] = [['127.0.0.1']]
    location = at('inner.example')
    hosts = ['127.0.0.1', 'inner.example']
    expect(await files().stat(at('127.0.0.1'))).toMatchObject({ sizeBytes: 19 })
    expect(requests).toHaveLength(2)
  })
})

it('this machine is asked where the URL says so in plain words', async () => {
  names.localhost = [['127.0.0.1']]
  expect(await files().stat(at('localhost'))).toMatchObject({ sizeBytes: 19 })
  const file = await files().open(at('127.0.0.1'))
  const into = Buffer.alloc(9)
  expect(await file.readAt(into, 4)).toBe(9)
  expect(into.toString()).toBe('bytes of ')
  await file.close()
})

describe('a piece server that the settings name', () => {
  const piece = CID.parse('baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq')

  function pieces(...servers: string[]): HttpPieceSource {
    const [baseUrl = ''] = servers
    const lookup: Lookup = (name, _options, answer) => answer(null, (names[name]?.[0] ?? []).map(addressOf))
    return new HttpPieceSource({ baseUrl, servers, clock: systemClock, stallTimeoutMs: 500, attempts: 1, lookup })
  }
  const serverAt = (name: string) => `http://${name}:${port()}/`
  const found = { state: 'unsealed', sizeBytes: 19 }

  beforeEach(() => {
    names['curio.internal'] = [['127.0.0.1']]
    names['inner.example'] = [['127.0.0.1']]
  })

  it('is asked wherever it is: in a private network, too', async () => {
    for (const name of ['curio.internal', '127.0.0.1', 'localhost']) {
      names.localhost = [['127.0.0.1']]
      expect(await pieces(serverAt(name)).stat(piece)).toMatchObject(found)
    }
  })

  it.each(['inner.example', 'localhost', '10.0.0.7', '169.254.169.254', '[::1]', '[::ffff:a00:1]', 'curio.internal.'])(
    'does not lead into a private network by a redirect: %s',
    async (name) => {
      location = serverAt(name)
      names['curio.internal.'] = [['127.0.0.1']]
      const source = pieces(serverAt('curio.internal'))
      const elsewhere = { code: 'PEER_PROTOCOL', message: expect.stringContaining('Pieces.HttpServers') }
      await expect(source.stat(piece)).rejects.toMatchObject(elsewhere)
      await expect(source.open(piece)).rejects.toMatchObject(elsewhere)
      expect(requests).toEqual(Array(2).fill(`HEAD curio.internal:${port()}`))
    },
  )

  it('leads to another that is named, and to any that everybody can reach', async () => {
    location = `${serverAt('inner.example')}piece`
    expect(await pieces(serverAt('curio.internal'), serverAt('inner.example')).stat(piece)).toMatchObject(found)
    names['public.example'] = [['192.0.2.1']]
    location = serverAt('public.example')
    await expect(pieces(serverAt('curio.internal')).stat(piece)).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' })
  })

  it('is not named by another port of its name', async () => {
    location = at('inner.example')
    const other = 'http://inner.example:1/'
    await expect(pieces(serverAt('curio.internal'), other).stat(piece)).rejects.toMatchObject({
      ...refused,
      code: 'PEER_PROTOCOL',
    })
  })
})
