import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RunningCarport } from './testing/running-carport.ts'

let carport: RunningCarport
let admin: string
beforeEach(async () => {
  carport = await RunningCarport.start()
  admin = await carport.token('admin')
})
afterEach(() => carport.stop())

describe('who may call', () => {
  it('holds a token, of the data directory or signed with its secret', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'Filecoin.Version', params: [] })
    expect((await carport.post(body, null)).status).toBe(401)
    expect((await carport.post(body, 'x.y.z')).status).toBe(401)
    const [header = '', , signature = ''] = admin.split('.')
    const forged = Buffer.from('{"Allow":["admin","read"]}').toString('base64url')
    expect((await carport.post(body, `${header}.${forged}.${signature}`)).status).toBe(401)
    for (const token of [admin, await carport.ownToken()]) expect((await carport.post(body, token)).status).toBe(200)
    expect((await carport.post(body, null, `?token=${admin}`)).status).toBe(200)
    expect((await stat(join(carport.home, 'jwt-secret'))).mode & 0o777).toBe(0o600)
  })

  it('is not let in by a token that is over, unsigned, or signed otherwise, and no token gets into the log', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'Filecoin.Version', params: [] })
    const secret = Buffer.from(await readFile(join(carport.home, 'jwt-secret'), 'utf8'), 'base64')
    const claims = { Allow: ['read', 'admin'] }
    const sign = (alg: string) => new SignJWT(claims).setProtectedHeader({ alg })
    const bad = [
      await sign('HS256').setExpirationTime('-1 minute').sign(secret),
      await sign('HS512').sign(secret),
      await sign('HS256').sign(Buffer.alloc(32, 1)),
      new UnsecuredJWT(claims).encode(),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
      admin.slice(0, -3),
      'x'.repeat(9000),
      'ä',
    ]
    for (const token of bad) {
      expect((await carport.post(body, null, `?token=${encodeURIComponent(token)}`)).status).toBe(401)
      if (!/ä/.test(token)) expect((await carport.post(body, token)).status).toBe(401)
      expect((await carport.call('AuthVerify', [token.slice(0, 8192)], admin)).error?.code).toBe(1)
    }
    const whileGood = await sign('HS256').setExpirationTime('1 minute').sign(secret)
    expect((await carport.post(body, whileGood)).status).toBe(200)

    await (await carport.connect(null, `?token=${admin}`)).close()
    const logs = await readdir(join(carport.home, 'logs'))
    const text = (await Promise.all(logs.map((name) => readFile(join(carport.home, 'logs', name), 'utf8')))).join('')
    expect(text).toContain('a call failed')
    for (const token of [admin, whileGood, await carport.ownToken(), ...bad.slice(0, 6)])
      expect(text).not.toContain(token)
  })

  it('is told what is allowed, in Lotus’ token', async () => {
    const token = await carport.token('write')
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toEqual({
      Allow: ['read', 'write'],
    })
    expect((await carport.call('DagstoreGC', [], token)).error).toEqual({
      code: 1,
      message: "missing permission to invoke 'DagstoreGC' (need 'admin')",
    })
    expect((await carport.call('DagstoreListShards', [], token)).result).toEqual([])
  })

  it('makes tokens and looks at them', async () => {
    const made = await carport.call('AuthNew', [['read']], admin)
    const token = Buffer.from(String(made.result), 'base64').toString()
    expect((await carport.call('AuthVerify', [token], admin)).result).toEqual(['read'])
    const own = await carport.ownToken()
    expect((await carport.call('AuthVerify', [own], own)).result).toEqual(['read', 'write', 'sign', 'admin'])
    expect((await carport.call('DagstoreListShards', [], token)).result).toEqual([])
    expect((await carport.call('AuthVerify', ['nonsense'], admin)).error?.message).toContain('JWT Verification failed')
  })

  it('is refused a WebSocket without a token, and any method but POST', async () => {
    const upgrade = (url: string) =>
      new Promise((resolveStatus) => {
        const socket = new WebSocket(url.replace('http', 'ws'))
        socket.on('unexpected-response', (_request, response) => resolveStatus(response.statusCode))
        socket.on('error', () => {})
      })
    expect(await upgrade(carport.url)).toBe(401)
    expect(await upgrade(`${carport.server.url}//`)).toBe(400)
    expect((await fetch(carport.url, { headers: { authorization: `Bearer ${admin}` } })).status).toBe(405)
  })
})

describe('requests over HTTP', () => {
  const call = (method: string, params: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params })

  it.each([
    ['', 400, -32_600, 'Invalid request'],
    ['[]', 400, -32_600, 'Invalid request'],
    ['7', 400, -32_600, 'Invalid request'],
    ['{', 500, -32_700, 'Parse error'],
    [JSON.stringify(call('Filecoin.Nothing', [])), 500, -32_601, "method 'Filecoin.Nothing' not found"],
    [JSON.stringify(call('Filecoin.__proto__', [])), 500, -32_601, "method 'Filecoin.__proto__' not found"],
    [
      JSON.stringify(call('Filecoin.Version', ['x'])),
      500,
      -32_602,
      "wrong param count (method 'Filecoin.Version'): 1 != 0",
    ],
    [JSON.stringify(call('Filecoin.DagstoreInitializeShard', [7])), 500, -32_700, /^unmarshaling params for/],
    [JSON.stringify(call('Filecoin.DagstoreInitializeShard', { key: 'x' })), 500, -32_700, /^unmarshaling param array/],
    [
      JSON.stringify(call('Filecoin.DagstoreInitializeAll', [{ MaxConcurrency: 1 }])),
      500,
      -32_601,
      "method 'Filecoin.DagstoreInitializeAll' not supported in this mode (no out channel support)",
    ],
  ])('%j is answered with %i', async (body, status, code, message) => {
    const answer = await carport.post(body, admin)
    expect(answer.status).toBe(status)
    const text = message instanceof RegExp ? expect.stringMatching(message) : message
    expect(JSON.parse(answer.text)).toMatchObject({ jsonrpc: '2.0', error: { code, message: text } })
  })

  it('may come in batches; notifications get no answer', async () => {
    const note = { jsonrpc: '2.0', method: 'Filecoin.Version', params: [] }
    const batch = [call('Filecoin.DagstoreListShards', [], 'a'), note, call('Filecoin.Nothing', [], 3)]
    const { status, text } = await carport.post(JSON.stringify(batch), admin)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual([
      { jsonrpc: '2.0', id: 'a', result: [] },
      { jsonrpc: '2.0', id: 3, error: { code: -32_601, message: "method 'Filecoin.Nothing' not found" } },
    ])
    expect((await carport.post(JSON.stringify(note), admin)).text).toBe('')
  })

  it('are refused beyond 4 MiB', async () => {
    const { text } = await carport.post(JSON.stringify(call('Filecoin.AuthVerify', ['x'.repeat(4 << 20)])), admin)
    expect(JSON.parse(text).error.message).toBe('request bigger than maximum 4194304 allowed')
  })
})
