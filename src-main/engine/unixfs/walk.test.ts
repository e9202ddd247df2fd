import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { computeDigest, encodeCar } from '../car/index.ts'
import { contentBytes } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { dagStat, denseCar, walkDag } from './index.ts'

const RAW = 0x55

class TestDags extends MemoryDags {
  readonly read: string[] = []
  inFlight = 0
  mostInFlight = 0
  /** Every read waits for this many turns of the event loop. */
  turns = 0

  async add(codec: number, bytes: Uint8Array): Promise<CID> {
    const cid = CID.createV1(codec, create(0x12, await computeDigest(0x12, bytes)))
    await this.put(cid, bytes)
    return cid
  }

  text(text: string): Promise<CID> {
    return this.add(RAW, Buffer.from(text))
  }

  node(links: CID[]): Promise<CID> {
    const Links = links.map((Hash, i) => ({ Hash, Name: String(i), Tsize: 1 }))
    return this.add(dagPb.code, dagPb.encode(dagPb.prepare({ Data: Uint8Array.of(8, 1), Links })))
  }

  override async get(...args: Parameters<MemoryDags['get']>): Promise<Uint8Array> {
    this.read.push(args[0].toString())
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight)
    for (let i = 0; i < this.turns; i++) await new Promise((resolve) => setImmediate(resolve))
    this.inFlight--
    return super.get(...args)
  }

  override async size(cid: CID): Promise<number> {
    return this.blocks.get(cid.toString())?.bytes.length ?? (await super.size(cid))
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

const texts = (cids: CID[]) => cids.map(String)

async function sharedDag() {
  const dags = new TestDags()
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((text) => dags.text(text)))
  if (a === undefined || b === undefined || c === undefined) throw new TypeError('unreachable')
  const inline = CID.createV1(RAW, create(0, Buffer.from('inline')))
  const left = await dags.node([a, inline, b])
  const cbor = await dags.add(dagCbor.code, dagCbor.encode({ z: left, list: [c, { deep: a }] }))
  const root = await dags.node([left, cbor, left, inline])
  return { dags, root, order: [root, left, a, inline, b, cbor, c] }
}

describe('walkDag', () => {
  it('visits depth first, each CID once, identity CIDs too', async () => {
    const { dags, root, order } = await sharedDag()
    const visited = await collect(walkDag(dags, root))
    expect(texts(visited.map(({ cid }) => cid))).toEqual(texts(order))
    expect(Buffer.from(visited[3]?.bytes ?? []).toString()).toBe('inline')
  })

  it('reads ahead of a slow source, in any shape, and no further than asked', async () => {
    const dags = new TestDags()
    const leaves = await Promise.all(Array.from({ length: 100 }, (_, i) => dags.text(`leaf ${i}`)))
    const inner = await Promise.all(Array.from({ length: 40 }, (_, i) => dags.node(leaves.slice(i * 2, i * 2 + 4))))
    const root = await dags.node(inner)
    dags.turns = 3
    const visited = await collect(walkDag(dags, root, { prefetch: 7 }))
    expect(visited).toHaveLength(1 + 40 + 82)
    expect(dags.mostInFlight).toBeGreaterThan(6)
    dags.turns = 0
    const alone = await collect(walkDag(dags, root, { prefetch: 0 }))
    expect(texts(alone.map(({ cid }) => cid))).toEqual(texts(visited.map(({ cid }) => cid)))
  })

  it('says what is missing: the root itself, or a block below it', async () => {
    const { dags, root, order } = await sharedDag()
    const missing = order[6] as CID
    dags.blocks.delete(missing.toString())
    await expect(collect(walkDag(dags, root))).rejects.toMatchObject({
      code: 'DAG_INCOMPLETE',
      details: { root: root.toString(), cid: missing.toString() },
    })
    dags.blocks.delete(root.toString())
    await expect(collect(walkDag(dags, root))).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
  })

  it('refuses a block whose bytes are not those of its CID, and a codec it cannot follow', async () => {
    const { dags, root, order } = await sharedDag()
    const damaged = order[4] as CID
    dags.blocks.set(damaged.toString(), { cid: damaged, bytes: Buffer.from('other') })
    await expect(collect(walkDag(dags, root))).rejects.toMatchObject({ code: 'BLOCK_MISMATCH' })
    const strange = await dags.node([await dags.add(0x78, Buffer.from('git'))])
    await expect(collect(walkDag(dags, strange))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('leaves no read under way when it is left or cancelled', async () => {
    const { dags, root } = await sharedDag()
    dags.turns = 5
    for await (const _ of walkDag(dags, root)) break
    expect(dags.inFlight).toBe(0)
    const controller = new AbortController()
    const walk = walkDag(dags, root, { signal: controller.signal })
    await walk.next()
    controller.abort()
    await expect(walk.next()).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('denseCar', () => {
  it('is a CARv1 of the walk, identity CIDs as sections', async () => {
    const { dags, root } = await sharedDag()
    const expected = Buffer.concat(await collect(encodeCar([root], walkDag(dags, root))))
    const view = await denseCar(dags, root)
    expect(view).toMatchObject({ size: expected.length, blockCount: 7 })
    expect(Buffer.concat(await collect(view.readRange(0, view.size))).equals(expected)).toBe(true)
  })

  it('does not read leaves to lay itself out, and gives any range', async () => {
    const dags = new TestDags()
    const root = await dags.addFile(contentBytes({ content: 'stream', seed: 1, size: 3_000_000 }), 'kubo-cidv1')
    const view = await denseCar(dags, root)
    expect(dags.read).toEqual([root.toString()])
    const whole = Buffer.concat(await collect(encodeCar([root], walkDag(dags, root))))
    expect(view.size).toBe(whole.length)
    const edges = [...view.sections()]
      .filter((_, i) => i % 5 < 2)
      .flatMap(({ offset }) => [offset - 1, offset, offset + 1, offset + 40])
    const points = [0, 1, 58, ...edges, 1_000_000, view.size - 1, view.size].sort((a, b) => a - b)
    for (const start of points)
      for (const end of points.filter((point) => point >= start)) {
        const range = Buffer.concat(await collect(view.readRange(start, end)))
        expect(range.equals(whole.subarray(start, end)), `${start} to ${end}`).toBe(true)
      }
  })

  it('gathers small blocks, and passes large ones on as they are', async () => {
    const dags = new TestDags()
    const links = await Promise.all(Array.from({ length: 3000 }, (_, i) => dags.text(`small block ${i}`)))
    links.push(await dags.add(RAW, contentBytes({ content: 'stream', seed: 2, size: 600_000 })))
    const root = await dags.node(links)
    const view = await denseCar(dags, root)
    const pieces = await collect(view.readRange(0, view.size))
    expect(pieces.length).toBeLessThan(10)
    expect(Buffer.concat(pieces).equals(Buffer.concat(await collect(encodeCar([root], walkDag(dags, root)))))).toBe(
      true,
    )
  })

  it('refuses a range outside of it, and a block that is not as long as the store says', async () => {
    const { dags, root } = await sharedDag()
    const view = await denseCar(dags, root)
    await expect(collect(view.readRange(0, view.size + 1))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(collect(view.readRange(5, 4))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    dags.size = async () => 17
    const lying = await denseCar(dags, root)
    await expect(collect(lying.readRange(0, lying.size))).rejects.toMatchObject({ code: 'BLOCK_MISMATCH' })
  })

  it('fails while it is laid out when a leaf is missing', async () => {
    const { dags, root, order } = await sharedDag()
    dags.blocks.delete(String(order[4]))
    await expect(denseCar(dags, root)).rejects.toMatchObject({ code: 'DAG_INCOMPLETE' })
  })
})

describe('dagStat', () => {
  it('counts distinct blocks, the dense CAR, and the content of every file', async () => {
    const dags = new TestDags()
    const file = await dags.addFile(contentBytes({ content: 'stream', seed: 1, size: 2_500_000 }))
    const twice = await dags.node([file, file])
    const root = await dags.node([twice, await dags.text('small'), twice])
    const view = await denseCar(dags, root)
    const blocks = await collect(walkDag(dags, root))
    expect(await dagStat(dags, root)).toEqual({
      payloadSize: 4 * 2_500_000 + 5,
      carSize: view.size,
      blockCount: blocks.length,
      dagSizeBytes: blocks.reduce((sum, { bytes }) => sum + bytes.length, 0),
    })
  })

  it('gives the bytes of the blocks where the DAG is not files', async () => {
    const { dags, order } = await sharedDag()
    const cbor = order[5] as CID
    const { payloadSize, dagSizeBytes } = await dagStat(dags, cbor)
    expect(payloadSize).toBe(dagSizeBytes)
  })
})
