import { createHash } from 'node:crypto'
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { FileReader, fromErrno } from '../base/index.ts'
import { type OpenWritableFile, openCarBlockstore, openLocalFile } from '../blockstore/index.ts'
import { encodeCarHeader, readCarLayout, sectionHead } from '../car/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { identityBlock, rawBlock } from '../testing/blocks.ts'
import { fillStream } from '../testing/content.ts'
import { type LoopbackServer, loopbackServer } from '../testing/loopback-server.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { rowWhere } from '../testing/table-event.ts'
import { type DagBlock, dagStat, walkDag } from '../unixfs/index.ts'
import { asking, cleanUpLater, client, provider, temporaryDirectory } from './test-kit/retrieval-client.ts'

function content(sizeBytes: number, seed = 7): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  fillStream(bytes, seed)
  return bytes
}

describe('a retrieval', () => {
  it('leaves a finalized CAR that holds the whole DAG, and the file where it was asked for', async () => {
    const dags = new MemoryDags()
    const bytes = content(20_000_000)
    const root = await dags.addFile(bytes)
    const { retrievals, directory, transfers } = await client({ own: await provider(dags) })
    const outPath = join(directory, 'out.bin')
    const { dealId } = await retrievals.begin(asking(root, { outPath }))
    const done = await retrievals.wait(dealId)
    expect(done).toMatchObject({ state: 'done', complete: true, path: outPath, error: null })
    expect(Buffer.compare(await readFile(outPath), bytes)).toBe(0)
    expect((await stat(done.carPath)).size).toBe(done.carSizeBytes)
    const store = await openCarBlockstore(done.carPath)
    expect((await dagStat(store, root)).blockCount).toBe(done.blockCount)
    await store.close()
    expect(transfers.list()).toMatchObject([{ state: 'done', kind: 'dag', ownerId: dealId }])
    expect((await readdir(directory)).sort()).toEqual(['out.bin', 'retrievals'])
  })

  it('takes from what is here with "local", and says when nothing is', async () => {
    const dags = new MemoryDags()
    const bytes = content(3_000_000)
    const root = await dags.addFile(bytes)
    const { retrievals, directory } = await client({ dags })
    const outPath = join(directory, 'out.bin')
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'], outPath }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', provider: 'local' })
    expect(Buffer.compare(await readFile(outPath), bytes)).toBe(0)
    dags.blocks.clear()
    // The retrieval that is done is local, too.
    const again = await retrievals.begin(asking(root, { from: ['local'] }))
    expect(await retrievals.wait(again.dealId)).toMatchObject({ state: 'done' })
    const absent = await retrievals.begin(asking(await new MemoryDags().addFile(content(10)), { from: ['local'] }))
    await expect(retrievals.wait(absent.dealId)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
  })

  it('exports as files, CARv1 and CARv2, and replaces nothing unasked', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(3_000_000))
    const { retrievals, directory } = await client({ dags })
    const taken = join(directory, 'taken')
    await writeFile(taken, 'mine')
    await expect(retrievals.begin(asking(root, { from: ['local'], outPath: taken }))).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ path: null })
    const to = (name: string) => ({ dealId, outPath: join(directory, name), overwrite: false })
    await expect(retrievals.export({ ...to('taken'), format: 'car' })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(await readFile(taken, 'utf8')).toBe('mine')
    expect(await retrievals.export({ ...to('one.car'), format: 'car' })).toMatchObject({
      path: join(directory, 'one.car'),
    })
    await retrievals.export({ ...to('two.car'), format: 'car-v2' })
    await retrievals.export({ ...to('taken'), format: 'files', overwrite: true })
    const one = await readCarLayout(FileReader.open(join(directory, 'one.car')))
    const two = await readCarLayout(FileReader.open(join(directory, 'two.car')))
    expect([one.version, two.version, two.finalized]).toEqual([1, 2, true])
    expect((await readFile(taken)).length).toBe(3_000_000)
    expect(retrievals.get(dealId)).toMatchObject({ state: 'done', progress: null })
    const { freedBytes } = await retrievals.remove(dealId)
    expect(freedBytes).toBeGreaterThan(3_000_000)
    expect(await readdir(join(directory, 'retrievals'))).toEqual([])
    expect(() => retrievals.get(dealId)).toThrow(expect.objectContaining({ code: 'RETRIEVAL_NOT_FOUND' }))
  })

  it('whose export failed is done once it was exported elsewhere', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(10_000))
    const { retrievals, directory } = await client({ dags })
    const outPath = join(directory, 'no', 'such', 'folder', 'out')
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'], outPath }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: true })
    const elsewhere = join(directory, 'out')
    expect(await retrievals.export({ dealId, outPath: elsewhere, format: 'files', overwrite: false })).toMatchObject({
      state: 'done',
      error: null,
      path: elsewhere,
    })
  })

  it('goes on after a crash at any byte, with the blocks that are whole', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    const url = peer.url
    peer.behave(stallAfter(6_000_000))
    const first = await client({ http: { stallTimeoutMs: 60_000 } })
    const { dealId, carPath } = await first.retrievals.begin(asking(root, { from: [url] }))
    await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes > 5_000_000)
    await first.stop()
    const whole = await readFile(carPath)
    for (const cutAt of [0, 30, 200, 1_048_700, 3_333_333, whole.length - 1]) {
      await writeFile(carPath, whole.subarray(0, cutAt))
      peer.behave(gatewayCar)
      const directory = await copyOf(first.directory)
      const again = await client({ store: await copyOfStore(first.store), directory })
      const done = await again.retrievals.wait(dealId)
      expect(done).toMatchObject({ state: 'done', complete: true })
      const store = await openCarBlockstore(join(directory, 'retrievals', `${dealId}.car`))
      expect((await dagStat(store, root)).payloadSize).toBe(12_000_000)
      await store.close()
      await again.stop()
    }
  })

  it('keeps what arrived when the disk is full, and goes on when there is space', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    let room = 7_000_000
    const openFile: OpenWritableFile = async (path) => {
      const file = await openLocalFile(path)
      const writeAt = async (bytes: Uint8Array, position: number) => {
        if (position + bytes.length > room)
          throw fromErrno(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }), path)
        await file.writeAt(bytes, position)
      }
      return new Proxy(file, { get: (target, name) => (name === 'writeAt' ? writeAt : bound(target, name)) })
    }
    const { retrievals, transfers } = await client({ own: await provider(dags), openFile })
    const { dealId } = await retrievals.begin(asking(root))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: false })
    expect(transfers.list()).toMatchObject([{ state: 'failed', error: { code: 'NO_SPACE' } }])
    room = Number.POSITIVE_INFINITY
    await transfers.restart(`retrieval-${dealId}`)
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', error: null })
  })

  it('leaves no debris when it is cancelled, and can be begun again', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(stallAfter(5_000_000))
    const { retrievals, transfers, directory } = await client()
    const { dealId } = await retrievals.begin(
      asking(root, { from: [peer.url], outPath: join(await temporaryDirectory(), 'x') }),
    )
    await rowWhere(transfers.table, ({ doneBytes }) => doneBytes > 4_000_000)
    expect(await retrievals.cancel(dealId)).toMatchObject({ state: 'cancelled', receivedBytes: 0 })
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await readdir(join(directory, 'retrievals'))).toEqual([])
    expect(transfers.list()).toMatchObject([{ state: 'cancelled' }])
    peer.behave(gatewayCar)
    await retrievals.retry(dealId)
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done' })
  })

  it('is paused and resumed in the table of transfers, also over a restart of the program', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(stallAfter(5_000_000))
    const first = await client()
    const { dealId } = await first.retrievals.begin(asking(root, { from: [peer.url] }))
    const { id } = await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes > 4_000_000)
    expect(await first.transfers.pause(id)).toMatchObject({ state: 'paused' })
    await first.stop()
    peer.behave(gatewayCar)
    const second = await client({ store: first.store, directory: first.directory })
    expect(second.transfers.get(id)).toMatchObject({ state: 'paused' })
    await second.transfers.resume(id)
    expect(await second.retrievals.wait(dealId)).toMatchObject({ state: 'done' })
    expect(second.transfers.get(id).log.length).toBeGreaterThan(3)
  })

  it('is cancelled with its transfer', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(3_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(() => {})
    const { retrievals, transfers } = await client()
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await transfers.cancel((await rowWhere(transfers.table, ({ state }) => state === 'running')).id)
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(retrievals.get(dealId).state).toBe('cancelled')
  })

  it('refuses a source that is no URL, and a provider role that is switched off', async () => {
    const { retrievals } = await client()
    const root = await new MemoryDags().addFile(content(10))
    await expect(retrievals.begin(asking(root, { from: ['ftp://x'] }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(retrievals.begin(asking(root))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(retrievals.begin(asking('nonsense'))).rejects.toMatchObject({ code: 'INVALID_CID' })
  })
})

describe('a retrieval from peers that misbehave', () => {
  it('goes on where a peer cut the connection, without asking again for what came', async () => {
    const { peer, root, retrievals } = await misbehaving(12_000_000, cutAfter(5_000_000))
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done' })
    // 4 of 12 leaves came with the CAR.
    expect(peer.requests.filter((line) => line.includes('format=raw'))).toHaveLength(8)
  })

  it.each<[string, Behaviour]>([
    ['ends a CAR early as if it were complete', truncated(3)],
    ['ends a CAR after the root as if it were complete', truncated(1)],
    ['refuses dups=n', refusing(/car-dups=n/)],
    ['refuses every CAR', refusing(/format=car/)],
    ['sends blocks in no order', unordered],
    ['repeats every block', repeated],
  ])('completes though the peer %s', async (_, behaviour) => {
    const { root, retrievals, peer } = await misbehaving(4_000_000, behaviour)
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', complete: true, blockCount: 5 })
  })

  it.each<[string, string, RegExp, Behaviour]>([
    ['sends wrong bytes', 'PEER_PROTOCOL', /do not hash/, wrongBytes],
    ['sends a block that nobody asked for', 'PEER_PROTOCOL', /nothing asked for/, extraBlock],
    ['sends a block that is too large', 'PEER_PROTOCOL', /more than the/, largeBlock],
    ['repeats a block without end', 'PEER_PROTOCOL', /again|more than/, endless],
    [
      'sends something that is no CAR',
      'PEER_PROTOCOL',
      /CAR/,
      ({ response }) => void response.writeHead(200, CAR_TYPE).end('hello, this is not a CAR'.repeat(9)),
    ],
    [
      'is no gateway',
      'PEER_PROTOCOL',
      /not a trustless gateway/,
      ({ response }) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>hello'),
    ],
    ['does not answer', 'PEER_UNAVAILABLE', /did not answer within/, () => {}],
    ['falls silent', 'PEER_UNAVAILABLE', /no byte came for/, stallAfter(100)],
    ['is overloaded', 'PEER_UNAVAILABLE', /answered 429/, ({ response }) => void response.writeHead(429).end()],
    ['has nothing', 'BLOCK_NOT_FOUND', /does not have/, ({ response }) => void response.writeHead(404).end()],
    ['has nothing and says so with an empty CAR', 'BLOCK_NOT_FOUND', /does not have/, truncated(0)],
    ['lacks a block', 'DAG_INCOMPLETE', /does not have all of/, lacking],
  ])('fails with a clear message when the peer %s', async (_, code, message, behaviour) => {
    const { root, retrievals, peer } = await misbehaving(
      4_000_000,
      behaviour,
      /within|no byte/.test(message.source) ? 200 : 5000,
    )
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: false })
    expect(retrievals.get(dealId).message).toContain(peer.url)
  })

  it.each<[string, Behaviour]>([
    ['sends wrong bytes', wrongBytes],
    ['lacks a block', lacking],
    ['cuts the connection', cutAfter(1_500_000)],
    ['has nothing', ({ response }) => void response.writeHead(404).end()],
  ])('takes the rest from another when the first peer %s', async (_, behaviour) => {
    const { dags, root, retrievals, peer } = await misbehaving(4_000_000, behaviour)
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url, await provider(dags)] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', complete: true })
  })

  it('fails clearly when nothing listens', async () => {
    const { root, retrievals, peer } = await misbehaving(10, () => {})
    await peer.close()
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: `${peer.url} cannot be reached: nothing listens there.`,
    })
  })

  it('follows links of every codec', async () => {
    const dags = new MemoryDags()
    const file = await dags.addFile(content(3_000_000))
    const small = await rawBlock('small')
    await dags.put(small.cid, small.bytes)
    const document = dagCbor.encode({ file, list: [small.cid, identityBlock('inline').cid] })
    const root = CID.createV1(0x71, create(0x12, createHash('sha256').update(document).digest()))
    await dags.put(root, document)
    const { retrievals } = await client({ own: await provider(dags) })
    const { dealId } = await retrievals.begin(asking(root))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', blockCount: 6 })
  })

  async function misbehaving(sizeBytes: number, behaviour: Behaviour, timeoutMs = 5000) {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(sizeBytes))
    const peer = await flakyGateway(dags, root)
    peer.behave(behaviour)
    const { retrievals } = await client({ http: { firstByteTimeoutMs: timeoutMs, stallTimeoutMs: timeoutMs } })
    return { dags, root, peer, retrievals }
  }
})

interface Asked {
  request: IncomingMessage
  response: ServerResponse
  /** Blocks of the DAG below the CID asked for, depth first. */
  blocks: DagBlock[]
  root: CID
}
type Behaviour = (asked: Asked) => void

const CAR_TYPE = { 'Content-Type': 'application/vnd.ipld.car; version=1; order=dfs; dups=n' }

/** A gateway whose behaviour a test chooses. */
async function flakyGateway(
  dags: MemoryDags,
  root: CID,
): Promise<LoopbackServer & { behave(behaviour: Behaviour): void }> {
  let behaviour: Behaviour = gatewayCar
  const server = await loopbackServer(async (request, response) => {
    const cid = CID.parse(new URL(request.url ?? '', 'http://x').pathname.split('/')[2] ?? '')
    const blocks: DagBlock[] = []
    for await (const block of walkDag(dags, cid)) blocks.push(block)
    behaviour({ request, response, blocks, root })
  })
  cleanUpLater(() => server.close())
  return {
    ...server,
    behave(chosen) {
      behaviour = chosen
    },
  }
}

function gatewayCar({ request, response, blocks, root }: Asked): void {
  if (request.url?.includes('format=raw') === true) response.end(blocks[0]?.bytes)
  else response.writeHead(200, CAR_TYPE).end(carOf(root, blocks))
}

function carOf(root: CID, blocks: DagBlock[]): Buffer {
  return Buffer.concat([
    encodeCarHeader([root]),
    ...blocks.flatMap(({ cid, bytes }) => [sectionHead(cid, bytes.length), bytes]),
  ])
}

/** CARs are cut, single blocks are served. */
function cutAfter(bytes: number): Behaviour {
  return (asked) => {
    if (asked.request.url?.includes('format=raw') === true) gatewayCar(asked)
    else
      asked.response
        .writeHead(200, CAR_TYPE)
        .write(carOf(asked.root, asked.blocks).subarray(0, bytes), () => asked.response.socket?.destroySoon())
  }
}

function stallAfter(bytes: number): Behaviour {
  return ({ response, blocks, root }) =>
    void response.writeHead(200, CAR_TYPE).write(carOf(root, blocks).subarray(0, bytes))
}

/** Every CAR ends after so many blocks, cleanly. */
function truncated(count: number): Behaviour {
  return (asked) => {
    if (asked.request.url?.includes('format=raw') === true && count > 0) gatewayCar(asked)
    else asked.response.writeHead(200, CAR_TYPE).end(carOf(asked.root, asked.blocks.slice(0, count)))
  }
}

function refusing(pattern: RegExp): Behaviour {
  return (asked) => {
    if (pattern.test(asked.request.url ?? '')) asked.response.writeHead(400).end('not like this\n')
    else gatewayCar(asked)
  }
}

function unordered(asked: Asked): void {
  if (asked.request.url?.includes('format=raw') === true) gatewayCar(asked)
  else
    asked.response
      .writeHead(200, { 'Content-Type': 'application/vnd.ipld.car' })
      .end(carOf(asked.root, [...asked.blocks].reverse()))
}

function repeated({ response, blocks, root }: Asked): void {
  response.writeHead(200, CAR_TYPE).end(
    carOf(
      root,
      blocks.flatMap((block) => [block, block]),
    ),
  )
}

function wrongBytes({ response, blocks, root }: Asked): void {
  const wrong = blocks.map(({ cid, bytes }, i) => ({
    cid,
    bytes: i === 2 ? Uint8Array.from(bytes, (b) => b ^ 1) : bytes,
  }))
  response.writeHead(200, CAR_TYPE).end(carOf(root, wrong))
}

function extraBlock({ response, blocks, root }: Asked): void {
  const bytes = new TextEncoder().encode('unasked')
  const cid = CID.createV1(0x55, create(0x12, createHash('sha256').update(bytes).digest()))
  response.writeHead(200, CAR_TYPE).end(carOf(root, [{ cid, bytes }, ...blocks]))
}

function largeBlock({ response, blocks, root }: Asked): void {
  const [first] = blocks
  if (first !== undefined)
    response.writeHead(200, CAR_TYPE).end(carOf(root, [{ cid: first.cid, bytes: new Uint8Array(2 * 1024 * 1024 + 1) }]))
}

function endless({ response, blocks, root }: Asked): void {
  response.writeHead(200, CAR_TYPE).write(carOf(root, blocks.slice(0, 2)))
  const leaf = blocks.at(-1)
  const again =
    leaf === undefined ? Buffer.alloc(0) : Buffer.concat([sectionHead(leaf.cid, leaf.bytes.length), leaf.bytes])
  const more = () => {
    while (!response.destroyed) if (!response.write(again)) return void response.once('drain', more)
  }
  more()
}

function lacking(asked: Asked): void {
  const gone = asked.blocks.at(-1)?.cid
  if (asked.blocks.length === 1) asked.response.writeHead(404).end()
  else
    asked.response.writeHead(200, CAR_TYPE).end(
      carOf(
        asked.root,
        asked.blocks.filter(({ cid }) => cid !== gone),
      ),
    )
}

async function copyOf(directory: string): Promise<string> {
  const copy = await temporaryDirectory()
  await cp(directory, copy, { recursive: true })
  return copy
}

async function copyOfStore(store: Store): Promise<Store> {
  const copy = new MemoryStore()
  for await (const { key, value } of store.entries()) await copy.put(key, value)
  return copy
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
