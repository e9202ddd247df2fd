import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger, systemClock } from '../../base/index.ts'
import { type Blockstore, type DagSource, openCarBlockstore } from '../../blockstore/index.ts'
import { readCarStream } from '../../car/index.ts'
import { fillStream } from '../../testing/content.ts'
import { foreignFixture } from '../../testing/fixtures.ts'
import { MemoryDags } from '../../testing/memory-dags.ts'
import { createProviderServer } from '../provider-server.ts'

/** The cases that the gateway conformance suite tells apart, on its CARs, and what it does not look at. */

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const openLedger = { openOutgoing: () => ({ signal: new AbortController().signal, sent: () => {}, release: () => {} }) }

async function gateway(dags: DagSource): Promise<string> {
  const server = createProviderServer(
    { clock: systemClock, log: silentLogger, transfers: openLedger, dags, pieces: null, deals: null },
    { listen: { host: '127.0.0.1', port: 0 }, version: 'test' },
  )
  cleanups.push(() => server.close())
  return server.start()
}

async function gatewayOver(name: string): Promise<{ url: string; store: Blockstore }> {
  const store = await openCarBlockstore(foreignFixture(`gateway/${name}`) ?? '')
  cleanups.push(() => store.close())
  const open = async (cid: CID) => ((await store.has(cid)) ? { blockstore: store, release: async () => {} } : null)
  return { url: await gateway({ open }), store }
}

/** CIDs of the blocks in a CAR answer, in their order; `cut` when the connection broke. */
async function blocksOf(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ cids: string[]; cut: boolean; response: Response }> {
  const response = await fetch(url, { headers })
  expect(response.status).toBe(200)
  const cids: string[] = []
  let cut = false
  try {
    const body = response.body as unknown as AsyncIterable<Uint8Array>
    for await (const { cid } of (await readCarStream(body)).sections) cids.push(cid.toString())
  } catch {
    cut = true
  }
  return { cids, cut, response }
}

const fixture = 'trustless_gateway_car-subdir-with-two-single-block-files.car'
const here = foreignFixture(`gateway/${fixture}`) !== undefined

describe.skipIf(!here)('the gateway on the CARs of the conformance suite', () => {
  it('sends the blocks of a path and what it leads to', async () => {
    const { url, root, subdir, ascii } = await twoFiles()
    expect((await blocksOf(`${url}/ipfs/${root}/subdir/ascii.txt?format=car`)).cids).toEqual([root, subdir, ascii])
    const asked = { Accept: 'application/vnd.ipld.car' }
    const { cids, response } = await blocksOf(`${url}/ipfs/${root}/subdir/ascii.txt`, asked)
    expect(cids).toEqual([root, subdir, ascii])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.ipld.car; version=1; order=dfs; dups=n',
      'content-disposition': expect.stringMatching(/^attachment; filename=".+\.car"$/),
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'none',
      etag: expect.stringMatching(/^W\/".+"$/),
      'x-ipfs-path': `/ipfs/${root}/subdir/ascii.txt`,
    })
  })

  it('ends a scope where it says', async () => {
    const { url, root, subdir, ascii } = await twoFiles()
    const scope = async (path: string, name: string) =>
      (await blocksOf(`${url}/ipfs/${root}${path}?format=car&dag-scope=${name}`)).cids
    expect(await scope('/subdir', 'block')).toEqual([root, subdir])
    expect(await scope('', 'entity')).toEqual([root])
    expect(await scope('/subdir/ascii.txt', 'entity')).toEqual([root, subdir, ascii])
    expect(await scope('/subdir', 'all')).toHaveLength(4)
  })

  it('answers 404 where nothing is', async () => {
    const { url, root } = await twoFiles()
    expect((await fetch(`${url}/ipfs/${root}/subdir/i-do-not-exist?format=car`)).status).toBe(404)
    const absent = 'bafkreie5noke3mb7hqxukzcy73nl23k6lxszxi5w3dtmuwz62wnvkpsscm'
    expect((await fetch(`${url}/ipfs/${absent}?format=raw`)).status).toBe(404)
    const cached = { headers: { 'Cache-Control': 'only-if-cached' } }
    expect((await fetch(`${url}/ipfs/${absent}?format=raw`, cached)).status).toBe(412)
  })

  it('takes only the shards on the path through a HAMT, and all of them to list it', async () => {
    const { url, store } = await gatewayOver('trustless_gateway_car-single-layer-hamt-with-multi-block-files.car')
    const root = String(store.roots[0])
    const one = await blocksOf(`${url}/ipfs/${root}/1.txt?format=car&dag-scope=block`)
    expect(one.cids[0]).toBe(root)
    expect(one.cids).toHaveLength(3)
    const shards = await blocksOf(`${url}/ipfs/${root}?format=car&dag-scope=entity`)
    const bytes = await blocksOf(`${url}/ipfs/${root}?format=car&dag-scope=entity&entity-bytes=0:*`)
    expect(bytes.cids).toEqual(shards.cids)
    expect(shards.cids).toContain(one.cids[1])
    expect(shards.cids).not.toContain(one.cids[2])
    const whole = await blocksOf(`${url}/ipfs/${root}/685.txt?format=car`)
    expect(whole.cids.length).toBeGreaterThan(3)
    expect(shards.cids).toContain(whole.cids[1])
  })

  it('goes through dag-cbor, and does not leave it with dag-scope=entity', async () => {
    const { url, store } = await gatewayOver('trustless_gateway_car-dir-with-dag-cbor-with-links.car')
    const root = await rootOfCodec(store, 0x70)
    const { cids } = await blocksOf(`${url}/ipfs/${root}/document?format=car&dag-scope=entity`)
    expect(cids).toHaveLength(2)
    const document = cids[1] ?? ''
    expect(CID.parse(document).code).toBe(0x71)
    const single = await blocksOf(`${url}/ipfs/${document}/files/single?format=car`)
    expect(single.cids).toHaveLength(2)
    expect(single.cids[0]).toBe(document)
    expect((await blocksOf(`${url}/ipfs/${document}?format=car`)).cids.length).toBeGreaterThan(2)
  })

  describe('entity-bytes', () => {
    const chunks = [
      'bafkreie5noke3mb7hqxukzcy73nl23k6lxszxi5w3dtmuwz62wnvkpsscm',
      'bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq',
      'bafkreigu7buvm3cfunb35766dn7tmqyh2um62zcio63en2btvxuybgcpue',
      'bafkreicll3huefkc3qnrzeony7zcfo7cr3nbx64hnxrqzsixpceg332fhe',
      'bafkreifst3pqztuvj57lycamoi7z34b4emf7gawxs74nwrc2c7jncmpaqm',
    ]
    it.each<[string, number, number]>([
      ['0:*', 0, 5],
      ['512:*', 2, 5],
      ['512:1023', 2, 4],
      ['512:-256', 2, 4],
      ['-5:*', 3, 5],
      ['-9999:*', 0, 5],
      ['-9999:-3', 0, 4],
      ['0:0', 0, 1],
      ['5000:*', 0, 0],
    ])('%s sends the blocks of the range and no other', async (range, from, to) => {
      const { url, store } = await gatewayOver('trustless_gateway_car-subdir-with-mixed-block-files.car')
      const root = await rootOfCodec(store, 0x70)
      const { cids } = await blocksOf(
        `${url}/ipfs/${root}/subdir/multiblock.txt?format=car&dag-scope=entity&entity-bytes=${range}`,
      )
      expect(cids.slice(3)).toEqual(chunks.slice(from, to))
    })

    it('does not touch a missing block outside of the range; one inside cuts the answer', async () => {
      const { url, store } = await gatewayOver('trustless_gateway_car-file-3k-and-3-blocks-missing-block.car')
      const root = await rootOfCodec(store, 0x70)
      const range = (text: string) => blocksOf(`${url}/ipfs/${root}?format=car&dag-scope=entity&entity-bytes=${text}`)
      expect(await range('0:1000')).toMatchObject({ cids: [root, 'QmPKt7ptM2ZYSGPUc8PmPT2VBkLDK3iqpG9TBJY7PCE9rF'] })
      expect(await range('2200:*')).toMatchObject({ cids: [root, 'QmWXY482zQdwecnfBsj78poUUuPXvyw2JAFAEMw4tzTavV'] })
      expect((await range('0:*')).cut).toBe(true)
      expect((await blocksOf(`${url}/ipfs/${root}?format=car`)).cut).toBe(true)
    })
  })

  it('repeats blocks with dups=y, and not with dups=n; the query wins over Accept', async () => {
    const { url, store } = await gatewayOver('trustless_gateway_car-dir-with-duplicate-files.car')
    const root = await rootOfCodec(store, 0x70)
    const type = (params: string) => ({ Accept: `application/vnd.ipld.car; version=1; ${params}` })
    const repeated = await blocksOf(`${url}/ipfs/${root}`, type('order=dfs; dups=y'))
    const once = await blocksOf(`${url}/ipfs/${root}`, type('order=dfs; dups=n'))
    expect(new Set(once.cids).size).toBe(once.cids.length)
    expect(repeated.cids.length).toBeGreaterThan(once.cids.length)
    expect(new Set(repeated.cids)).toEqual(new Set(once.cids))
    const wins = await blocksOf(`${url}/ipfs/${root}?format=car&car-dups=y&car-order=dfs`, type('order=unk; dups=n'))
    expect(wins.cids).toEqual(repeated.cids)
    expect(wins.response.headers.get('content-type')).toMatch(/order=dfs; dups=y/)
    const params = await blocksOf(`${url}/ipfs/${root}?format=car`, type('order=dfs; dups=y'))
    expect(params.cids).toEqual(repeated.cids)
  })

  it('serves raw blocks with what caches need, and parts of them', async () => {
    const { url, store } = await gatewayOver('gateway-raw-block.car')
    const cids: CID[] = []
    for await (const cid of store.cids()) cids.push(cid)
    const cid = cids.at(-1) as CID
    const bytes = await store.get(cid)
    const raw = `${url}/ipfs/${cid}?format=raw`
    const response = await fetch(raw)
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes)).toBe(0)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.ipld.raw',
      'content-length': String(bytes.length),
      'content-disposition': `attachment; filename="${cid}.bin"`,
      'cache-control': 'public, max-age=29030400, immutable',
      'x-ipfs-path': `/ipfs/${cid}`,
      'x-ipfs-roots': String(cid),
    })
    const part = await fetch(raw, { headers: { Range: 'bytes=1-3' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1-3/${bytes.length}`])
    expect(Buffer.compare(Buffer.from(await part.arrayBuffer()), bytes.subarray(1, 4))).toBe(0)
    const head = await fetch(raw, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    const etag = response.headers.get('etag') ?? ''
    expect((await fetch(raw, { headers: { 'If-None-Match': etag } })).status).toBe(304)
    const named = await fetch(`${raw}&filename=${encodeURIComponent('naïve "x".bin')}`)
    expect(named.headers.get('content-disposition')).toBe(
      `attachment; filename="na_ve _x_.bin"; filename*=UTF-8''na%C3%AFve%20%22x%22.bin`,
    )
    expect((await fetch(raw, { headers: { Accept: 'application/vnd.ipld.car' } })).headers.get('content-type')).toBe(
      'application/vnd.ipld.raw',
    )
  })

  async function twoFiles() {
    const { url, store } = await gatewayOver(fixture)
    const root = await rootOfCodec(store, 0x70)
    const { cids } = await blocksOf(`${url}/ipfs/${root}?format=car`)
    const [, subdir = '', ascii = ''] = cids
    return { url, root, subdir, ascii }
  }
})

describe('the gateway', () => {
  it('answers the probe, with and without a format', async () => {
    const url = await gateway(new MemoryDags())
    for (const path of ['/ipfs/bafkqaaa', '/ipfs/bafkqaaa?format=raw'])
      for (const method of ['GET', 'HEAD']) expect((await fetch(url + path, { method })).status).toBe(200)
  })

  it('sends an identity CID as a CAR without blocks', async () => {
    const url = await gateway(new MemoryDags())
    const { cids, response } = await blocksOf(`${url}/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa`, {
      Accept: 'application/vnd.ipld.car; dups=y',
    })
    expect(cids).toEqual([])
    expect(response.headers.get('content-type')).toMatch(/dups=y/)
  })

  it.each([
    ['no format', '', {}, 400],
    ['any type', '', { Accept: '*/*' }, 400],
    ['a type that is not served', '', { Accept: 'text/html' }, 406],
    ['an unknown format', '?format=tar', {}, 400],
    ['an IPNS record', '?format=ipns-record', {}, 400],
    ['CAR version 2', '?format=car&car-version=2', {}, 400],
    ['an unknown order', '?format=car&car-order=bfs', {}, 400],
    ['dups neither y nor n', '', { Accept: 'application/vnd.ipld.car; dups=maybe' }, 400],
    ['an unknown scope', '?format=car&dag-scope=some', {}, 400],
    ['a range that is none', '?format=car&entity-bytes=a:b', {}, 400],
    ['a range that ends before it starts', '?format=car&entity-bytes=9:3', {}, 400],
  ])('refuses %s', async (_, query, headers: Record<string, string>, status) => {
    const dags = new MemoryDags()
    const root = await dags.addFile(new Uint8Array(3000))
    // Not fetch: it sends an Accept header of its own.
    expect(await statusOf(`${await gateway(dags)}/ipfs/${root}${query}`, headers)).toBe(status)
  })

  it('refuses what is not a CID, and a path that is not encoded', async () => {
    const url = await gateway(new MemoryDags())
    expect(await statusOf(`${url}/ipfs/nonsense?format=raw`)).toBe(400)
    expect(await statusOf(`${url}/ipfs/?format=raw`)).toBe(400)
    expect(await statusOf(`${url}/ipfs/bafkqaaa/%zz?format=car`)).toBe(400)
    expect(await statusOf(`${url}/ipns/example.com?format=car`)).toBe(404)
  })

  it('sends a large DAG whole, and holds what it read only as fast as it is taken', async () => {
    const dags = new MemoryDags()
    const bytes = new Uint8Array(30_000_000)
    fillStream(bytes, 3)
    const root = await dags.addFile(bytes)
    const url = await gateway(dags)
    const response = await fetch(`${url}/ipfs/${root}?format=car`)
    const hash = createHash('sha256')
    let size = 0
    for await (const { cid, bytes: block } of (
      await readCarStream(response.body as unknown as AsyncIterable<Uint8Array>)
    ).sections) {
      if (cid.code !== 0x55) continue
      hash.update(block)
      size += block.length
    }
    expect(size).toBe(bytes.length)
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(dags.opened).toBe(0)
  })

  it('lets go of the DAG when the peer goes away', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(new Uint8Array(30_000_000).fill(7))
    const released = new Promise<void>((resolve) => {
      const open = dags.open.bind(dags)
      dags.open = async (cid) => {
        const dag = await open(cid)
        if (dag === null) return null
        const release = async () => {
          await dag.release()
          resolve()
        }
        return { blockstore: dag.blockstore, release }
      }
    })
    const controller = new AbortController()
    const response = await fetch(`${await gateway(dags)}/ipfs/${root}?format=car&car-dups=y`, {
      signal: controller.signal,
    })
    await response.body?.getReader().read()
    controller.abort()
    await released
    expect(dags.opened).toBe(0)
  })
})

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The root that is of a codec; the suite's CARs name several. */
async function rootOfCodec(store: Blockstore, codec: number): Promise<string> {
  return String(store.roots.find((cid) => cid.code === codec))
}
