import { open, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RunningCarport } from './rpc/testing/running-carport.ts'

let carport: RunningCarport
let source: string
let root: string
const content = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 7 + (at >> 10)) & 0xff))

beforeEach(async () => {
  carport = await RunningCarport.start()
  source = join(carport.home, 'holiday film.bin')
  await writeFile(source, content)
  const begun = await carport.engine.imports.begin({ path: source, kind: 'linked', profile: 'unixfs-v1-2025' })
  root = (await carport.engine.imports.wait(begun)).root ?? ''
})
afterEach(() => carport.stop())

async function ask(query: Record<string, string>, headers: Record<string, string> = {}, method = 'GET') {
  const url = `${carport.server.url}/file?${new URLSearchParams(query)}`
  return fetch(url, { method, headers: { authorization: `Bearer ${await carport.ownToken()}`, ...headers } })
}

describe('a file over HTTP', () => {
  it('is whole, a range, or nothing new; never without a token', async () => {
    const whole = await ask({ root })
    expect(Buffer.compare(Buffer.from(await whole.arrayBuffer()), content)).toBe(0)
    expect(whole.headers.get('content-length')).toBe('3000000')
    expect(whole.headers.get('content-type')).toBe('application/octet-stream')
    expect(whole.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${root}`)
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')

    const part = await ask({ root }, { range: 'bytes=1048570-1048589' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1048570-1048589/3000000'])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(content.subarray(1_048_570, 1_048_590))
    expect((await ask({ root }, { range: 'bytes=3000000-' })).status).toBe(416)
    const head = await ask({ root }, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3000000', ''])
    expect((await ask({ root }, { 'if-none-match': head.headers.get('etag') ?? '' })).status).toBe(304)
    expect((await fetch(`${carport.server.url}/file?root=${root}`)).status).toBe(403)
  })

  it('that is not there, or is none, is refused in words', async () => {
    const why = async (query: Record<string, string>) => {
      const response = await ask(query)
      return [response.status, ((await response.json()) as { code: string }).code]
    }
    expect(await why({})).toEqual([400, 'INVALID_CID'])
    expect(await why({ root: 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am' })).toEqual([
      404,
      'BLOCK_NOT_FOUND',
    ])
    expect((await why({ root, path: 'no/such' }))[0]).toBe(404)
  })

  it('that turns out to be damaged is cut, not ended', async () => {
    const file = await open(source, 'r+')
    await file.write(Buffer.alloc(10), 0, 10, 2_500_000)
    await file.close()
    const response = await ask({ root })
    expect(response.status).toBe(200)
    await expect(response.arrayBuffer()).rejects.toThrow()
  })

  it('is let go of when its reader leaves half-way', async () => {
    const token = await carport.ownToken()
    const url = new URL(`${carport.server.url}/file?root=${root}`)
    await new Promise<void>((resolve, reject) => {
      const asked = request(url, { headers: { authorization: `Bearer ${token}` } }, (response) => {
        response.once('data', () => {
          response.destroy()
        })
        response.once('close', resolve)
        response.on('error', () => {})
      })
      asked.on('error', reject)
      asked.end()
    })
    const [row] = carport.engine.imports.list()
    // Refused as long as the server has not seen that the reader is gone.
    await vi.waitFor(() => carport.engine.imports.drop({ ids: [row?.id ?? ''] }), { timeout: 20_000 })
    expect((await ask({ root })).status).toBe(404)
  })
})
