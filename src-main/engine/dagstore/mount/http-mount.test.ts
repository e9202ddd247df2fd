import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, EngineError, systemClock, Throttle } from '../../base/index.ts'
import { type HttpFileLimits, HttpFiles } from '../../pieces/index.ts'
import { type LoopbackServer, loopbackServer, serveRange } from '../../testing/loopback-server.ts'
import type { Dagstore } from '../dagstore-ports.ts'
import { DagstoreHome } from '../test-kit/open-dagstore.ts'
import { rawBlock, type TestCar, testCar } from '../test-kit/test-cars.ts'
import { TransientFolder } from '../transients/transient-folder.ts'
import { TransientSpace } from '../transients/transient-space.ts'
import { Upgrader } from '../transients/upgrader.ts'
import { HttpMount } from './http-mount.ts'
import { MountRegistry } from './mount-registry.ts'

/** Waits are noted instead of waited. */
const waits: number[] = []
const impatient: Clock = { now: () => Date.now(), sleep: async (ms) => void waits.push(ms) }

/** What the server has, and how it behaves. */
const served = {
  bytes: new Uint8Array(0) as Uint8Array,
  etag: '"1"' as string | undefined,
  ranges: true,
  /** Answers before anything else when it returns true. */
  before: (_request: IncomingMessage, _response: ServerResponse): boolean => false,
}
let limits: HttpFileLimits
let copy = false
let server: LoopbackServer
let home: DagstoreHome

beforeEach(async () => {
  home = await DagstoreHome.create()
  waits.length = 0
  limits = { hosts: [], maxSizeBytes: 0, stallTimeoutMs: 5000, attempts: 4 }
  copy = false
  Object.assign(served, { etag: '"1"', ranges: true, before: () => false })
  server = await loopbackServer((request, response) => {
    if (served.before(request, response)) return
    if (!(request.url ?? '').startsWith('/a.car')) return void response.writeHead(404).end()
    const headers: Record<string, string> = served.etag === undefined ? {} : { etag: served.etag }
    const sameVersion = [undefined, served.etag].includes(request.headers['if-range'] as string | undefined)
    if (request.method === 'HEAD' || !served.ranges || !sameVersion) {
      response.writeHead(200, { ...headers, 'content-length': served.bytes.length })
      return void response.end(request.method === 'HEAD' ? undefined : served.bytes)
    }
    serveRange(served.bytes, request, response, headers)
  })
})
afterEach(async () => {
  await home.remove()
  await server.close()
})

const mountOf = (path = '/a.car') => mounts().fromUrl(`${server.url}${path}`)
const mounts = () => {
  const files = new HttpFiles({ clock: impatient, limits: () => limits })
  const options = { copy: () => copy }
  return new MountRegistry()
    .register('http', new HttpMount(files, options))
    .register('https', new HttpMount(files, options))
}

async function open(): Promise<Dagstore> {
  return (await home.open({ mounts: mounts() })).dagstore
}

async function readable(dagstore: Dagstore, car: TestCar): Promise<boolean> {
  const accessor = await dagstore.acquire('web')
  try {
    for (const { cid, bytes } of car.blocks)
      if (!Buffer.from(await accessor.blockstore.get(cid)).equals(bytes)) return false
    return true
  } finally {
    await accessor.close()
  }
}

const largeBlocks = (count: number) => Array.from({ length: count }, (_, i) => rawBlock(Buffer.alloc(100_000, `${i}`)))

const fullDownloads = () => server.requests.filter((request) => /^GET \S+$/.test(request)).length

describe('a shard on a web server', () => {
  it('is read in place by ranges, and gets no transient', async () => {
    const car = testCar('a')
    served.bytes = car.bytes
    const dagstore = await open()
    const view = await dagstore.register('web', `${server.url}/a.car`)
    expect(view).toMatchObject({ state: 'Available', transientPath: null, sizeBytes: car.bytes.length })
    expect(await readable(dagstore, car)).toBe(true)
    expect(fullDownloads()).toBe(0)
    expect(await mountOf('/b.car').stat()).toMatchObject({ exists: false })
  })

  it('is copied once to a transient where the server has no ranges', async () => {
    const car = testCar('a')
    Object.assign(served, { bytes: car.bytes, ranges: false })
    const dagstore = await open()
    const view = await dagstore.register('web', `${server.url}/a.car`)
    expect(await readFile(view.transientPath ?? '')).toEqual(Buffer.from(car.bytes))
    const downloads = fullDownloads()
    for (let i = 0; i < 3; i++) expect(await readable(dagstore, car)).toBe(true)
    expect(fullDownloads()).toBe(downloads)
    await dagstore.gc()
    expect(await readdir(join(home.directory, 'transients'))).toEqual([])
    expect(await readable(dagstore, car)).toBe(true)
  })

  it('is audited by its heads, and whole where that is asked for: by ranges, or from the copy', async () => {
    const car = testCar('a', 20)
    served.bytes = car.bytes
    const dagstore = await open()
    await dagstore.register('web', `${server.url}/a.car`)
    const quick = await dagstore.audit('web')
    expect(quick).toMatchObject({ result: 'good', damaged: null, payload: { verified: false, canBe: true } })
    const whole = await dagstore.audit('web', { full: true })
    expect(whole).toMatchObject({ result: 'good', damaged: 0, payload: { verified: true } })
    expect(fullDownloads()).toBe(0)
    served.before = (_request, response) => {
      response.writeHead(503).end()
      return true
    }
    const away = await dagstore.audit('web', { full: true })
    expect(away).toMatchObject({ result: 'not-compared', recordCount: quick.recordCount })
    expect(away.payload).toMatchObject({ verified: false, canBe: false, reason: expect.stringContaining('503') })
    served.before = () => false
    served.ranges = false
    await dagstore.register('copied', `${server.url}/a.car?copied`)
    expect(await dagstore.audit('copied')).toMatchObject({ result: 'good', payload: { verified: true } })
  })

  it.each([
    ['read in place', false],
    ['copied', true],
  ])('is indexed anew when it has changed, also after a restart (%s)', async (_how, copied) => {
    copy = copied
    const [before, after, last] = [testCar('before'), testCar('after', 5), testCar('last', 4)]
    served.bytes = before.bytes
    const first = await home.open({ mounts: mounts() })
    await first.dagstore.register('web', `${server.url}/a.car`)
    expect(await readable(first.dagstore, before)).toBe(true)
    await first.close()
    Object.assign(served, { bytes: after.bytes, etag: '"2"' })
    const second = await home.open({ mounts: mounts() })
    expect(await readable(second.dagstore, after)).toBe(true)
    expect(await second.dagstore.lookup(after.cid(4))).toHaveLength(1)
    expect(await second.dagstore.lookup(before.cid(0))).toEqual([])
    await second.close()
    Object.assign(served, { bytes: last.bytes, etag: undefined }) // then the size tells
    const { dagstore } = await home.open({ mounts: mounts() })
    expect(await readable(dagstore, last)).toBe(true)
  })

  it('that changes under a reader gives no mixture, and the next reader what is there', async () => {
    const [before, after] = [testCar('before', 1, largeBlocks(40)), testCar('after', 5)]
    served.bytes = before.bytes
    const dagstore = await open()
    await dagstore.register('web', `${server.url}/a.car`)
    const accessor = await dagstore.acquire('web')
    await accessor.blockstore.get(before.cid(0))
    Object.assign(served, { bytes: after.bytes, etag: '"2"' })
    await expect(accessor.blockstore.get(before.cid(39))).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    await accessor.close()
    expect(await readable(dagstore, after)).toBe(true)
  })

  it('is asked again, with growing pauses, when the server fails; then it says so and stays Available', async () => {
    const car = testCar('a')
    served.bytes = car.bytes
    const dagstore = await open()
    await dagstore.register('web', `${server.url}/a.car`)
    waits.length = 0
    let failures = 3
    served.before = (_request, response) => {
      if (failures-- <= 0) return false
      response.writeHead(503).end()
      return true
    }
    expect((await mountOf().stat()).exists).toBe(true)
    expect(waits).toEqual([250, 500, 1000])
    failures = 1000
    await expect(mountOf().stat()).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE', retryable: true })
    expect(dagstore.info('web').state).toBe('Available')
  })

  it.each([
    ['the same version', '"1"', [0, 64 << 20]],
    ['another version', '"2"', [0, 0]],
  ])('goes on with a copy that was interrupted, if the server still has %s', async (_which, etag, expected) => {
    copy = true
    const content = Buffer.alloc(70 << 20, 'carport')
    served.bytes = content
    const beginnings: number[] = []
    const record = (request: IncomingMessage) => {
      const from = /^bytes=(\d+)-(?!0$)/.exec(request.headers.range ?? '')?.[1]
      if (from !== undefined) beginnings.push(Number(from))
    }
    served.before = (request, response) => {
      record(request)
      const from = beginnings.at(-1) ?? 0
      if (request.method === 'HEAD' || from < 68 << 20) return false
      response.writeHead(403).end()
      return true
    }
    const space = new TransientSpace(systemClock, { maxBytes: 0, highWatermark: 0.9, lowWatermark: 0.7 })
    const folder = new TransientFolder(home.directory, space, new Throttle(0))
    const fetch = () => new Upgrader({ key: 'k', mount: mountOf(), folder }).open()
    await expect(fetch()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    const firstOf = (all: number[]) => Math.min(...all)
    const firstTime = firstOf(beginnings)
    beginnings.length = 0
    served.before = (request) => {
      record(request)
      return false
    }
    served.etag = etag
    await (await fetch()).close()
    expect([firstTime, firstOf(beginnings)]).toEqual(expected)
    expect((await readFile(folder.completePath('k'))).equals(content)).toBe(true)
  })
})

describe('which web servers may be asked', () => {
  const stat = (url: string) =>
    new HttpMount(new HttpFiles({ clock: systemClock, limits: () => limits })).fromUrl(url).stat()

  it('none with a password in the URL, which a record would show to everybody', () => {
    for (const url of ['http://user:secret@host/a', 'http://', 'http://[', 'ftp://host/a']) {
      const files = new HttpMount(new HttpFiles({ clock: systemClock }))
      expect(() => files.fromUrl(url)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
      expect(() => files.fromUrl(url)).not.toThrow(/secret/)
    }
  })

  it('those that the settings name, where they name any', async () => {
    served.bytes = testCar('a').bytes
    const { host } = new URL(server.url)
    for (const hosts of [[], [host], ['127.0.0.1'], ['example.org', host]]) {
      limits = { ...limits, hosts }
      expect(await stat(`${server.url}/a.car`)).toMatchObject({ exists: true })
    }
    for (const hosts of [['example.org'], ['127.0.0.1:1'], ['*.0.0.1.example']]) {
      limits = { ...limits, hosts }
      await expect(stat(`${server.url}/a.car`)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    }
    limits = { ...limits, hosts: ['*.example.org'] }
    await expect(stat('http://example.org.evil.test/')).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
  })

  it.each(['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/'])(
    'not %s, unless it is named',
    async (url) => {
      await expect(stat(url)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
      expect(server.requests).toEqual([])
    },
  )

  it('redirects are followed, but not to a server that may not be asked, nor without an end', async () => {
    served.bytes = testCar('a').bytes
    const redirectTo = (location: string) => {
      served.before = (request, response) => {
        if (request.url !== '/r') return false
        response.writeHead(302, { location }).end()
        return true
      }
    }
    redirectTo('/a.car')
    expect(await mountOf('/r').stat()).toMatchObject({ exists: true, sizeBytes: served.bytes.length })
    for (const location of ['http://169.254.169.254/', 'http://10.0.0.1/', 'http://localhost:1/', 'http://[::1]:1/']) {
      redirectTo(location)
      await expect(mountOf('/r').stat()).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    }
    for (const location of ['/r', 'file:///etc/passwd', 'http://[']) {
      redirectTo(location)
      await expect(mountOf('/r').stat()).rejects.toMatchObject({ code: 'PEER_PROTOCOL' })
    }
  })

  it('files that are larger than allowed are refused before they are read', async () => {
    served.bytes = testCar('a').bytes
    limits = { ...limits, maxSizeBytes: 10 }
    await expect(mountOf().open?.()).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    expect(server.requests.filter((request) => request.startsWith('GET') && !request.includes('bytes=0-0'))).toEqual([])
    const error = await (await open()).register('web', `${server.url}/a.car`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EngineError)
  })
})
