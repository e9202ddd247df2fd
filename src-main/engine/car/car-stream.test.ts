import { readFileSync } from 'node:fs'
import { CarBlockIterator } from '@ipld/car/iterator'
import { CarReader } from '@ipld/car/reader'
import { describe, expect, it } from 'vitest'
import { numberedBlocks, rawBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { type CarStream, type ReadStreamOptions, readCarStream } from './car-stream.ts'
import { encodeCarHeader } from './car-v1-header.ts'
import { type CarBlock, encodeCar } from './encode-car.ts'
import { sectionHead } from './section.ts'

const generated = (name: string) => readFileSync(fixture(`car/generated/${name}.car`))

async function* chunks(bytes: Uint8Array, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

async function collect(stream: CarStream): Promise<string[]> {
  const cids: string[] = []
  for await (const { cid } of stream.sections) cids.push(cid.toString())
  return cids
}

const readAll = async (bytes: Uint8Array, options?: ReadStreamOptions, chunkBytes?: number) =>
  collect(await readCarStream(chunks(bytes, chunkBytes), options))

async function carOf(blocks: CarBlock[]): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of encodeCar(blocks[0] === undefined ? [] : [blocks[0].cid], blocks)) parts.push(part.slice())
  return Buffer.concat(parts)
}

describe('readCarStream', () => {
  it('reads v1 and v2, in chunks of any size', async () => {
    for (const size of [1, 7, 36, 1000, 100_000]) {
      expect(await readAll(generated('rw-v1'), {}, size)).toHaveLength(2)
      expect(await readAll(generated('rw-padding'), {}, size)).toHaveLength(2)
      expect(await readAll(generated('rw-dups'), {}, size)).toHaveLength(40)
      expect(await readAll(generated('rw-nilroots'), {}, size)).toHaveLength(1)
    }
  })

  it('gives blocks that stay as they are while more arrives', async () => {
    const blocks = await Promise.all(Array.from({ length: 300 }, (_, i) => rawBlock(Buffer.alloc(20_000, i))))
    const kept: Uint8Array[] = []
    for await (const { bytes } of (await readCarStream(chunks(await carOf(blocks), 65_536))).sections) kept.push(bytes)
    expect(kept.map((bytes) => bytes[19_999])).toEqual(blocks.map((_, i) => i % 256))
  })

  it('does not read behind the payload of a CARv2, and ends the source', async () => {
    let ended = false
    async function* source() {
      try {
        yield generated('rw-padding').subarray(0, 1464 + 153)
        throw new Error('read too far')
      } finally {
        ended = true
      }
    }
    expect(await collect(await readCarStream(source()))).toHaveLength(2)
    expect(ended).toBe(true)
  })

  it('ends the source when the consumer leaves early, and when the header is bad', async () => {
    let ended = 0
    async function* source(bytes: Uint8Array) {
      try {
        for (;;) yield bytes
      } finally {
        ended++
      }
    }
    for await (const _ of (await readCarStream(source(generated('rw-v1')))).sections) break
    await expect(readCarStream(source(Buffer.from('no CAR at all')))).rejects.toMatchObject({ kind: 'corrupt' })
    expect(ended).toBe(2)
  })

  it('says at which byte a cut input was cut, wherever that is', async () => {
    const car = generated('rw-v1')
    const bounds = [59, 106, 153]
    for (let length = 0; length <= car.length; length++) {
      const reading = readAll(car.subarray(0, length), {}, 11)
      if (bounds.includes(length)) await expect(reading).resolves.toHaveLength(bounds.indexOf(length))
      else
        await expect(reading).rejects.toMatchObject({
          code: 'CAR_TRUNCATED',
          details: { offset: bounds.findLast((bound) => bound < length) ?? 0 },
        })
    }
    await expect(readAll(generated('rw-basic').subarray(0, 251 - 20))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    await expect(readAll(generated('rw-basic').subarray(0, 157))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
  })

  it('refuses an unfinalized CARv2 by name', async () => {
    await expect(readAll(generated('rw-unfinalized'))).rejects.toMatchObject({ code: 'CAR_UNFINALIZED' })
  })

  it('checks blocks unless told that they are trusted', async () => {
    await expect(readAll(generated('rw-mismatch'))).rejects.toMatchObject({
      code: 'BLOCK_MISMATCH',
      details: {
        goCar:
          'mismatch in content integrity, expected: bafkreiddqz4p7bggmhzs7awwaqyk6slykpftyp7suir3525rd4msyqxtru, got: bafkreiduvwcoclg3baldlwjfg3xu7nlvbzkdygfdoubfnlbzatwb24jwru',
      },
    })
    expect(await readAll(generated('rw-mismatch'), { verify: false })).toHaveLength(1)
  })

  it('knows the hashes that node:crypto lacks', async () => {
    const blocks = [await rawBlock('a', 0xb220), await rawBlock('b', 0x1e), await rawBlock('c', 0x16)]
    expect(await readAll(await carOf(blocks))).toHaveLength(3)
    const damaged = await carOf(blocks)
    damaged[damaged.length - 1] = 0x21
    await expect(readAll(damaged)).rejects.toMatchObject({ code: 'BLOCK_MISMATCH' })
  })

  it('stops at zero padding when told to, without reading on', async () => {
    const car = generated('rw-v1')
    async function* padded() {
      yield car
      yield new Uint8Array(10)
      throw new Error('read too far')
    }
    expect(await collect(await readCarStream(padded(), { zeroLengthSectionAsEnd: true }))).toHaveLength(2)
    await expect(readAll(Buffer.concat([car, Buffer.alloc(3)]))).rejects.toMatchObject({ code: 'CAR_INVALID' })
  })

  it('does not allocate what a length only claims', async () => {
    const { cid } = await rawBlock('x')
    const claim = Buffer.concat([encodeCarHeader([]), sectionHead(cid, 7 * 1024 * 1024)])
    await expect(readAll(claim)).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    const beyond = Buffer.concat([encodeCarHeader([]), Buffer.from('ffffffffff7f', 'hex'), cid.bytes])
    await expect(readAll(beyond)).rejects.toMatchObject({ code: 'CAR_LIMIT' })
  })

  it('can be cancelled', async () => {
    const stream = await readCarStream(chunks(generated('rw-v1')), { signal: AbortSignal.abort() })
    await expect(collect(stream)).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  const sample = foreignFixture('car/v2/testdata/sample-v1.car')
  it.skipIf(sample === undefined)('gives the blocks that @ipld/car gives', async () => {
    const bytes = readFileSync(String(sample))
    const theirs = await CarBlockIterator.fromIterable(chunks(bytes, 5000))
    const ours = (await readCarStream(chunks(bytes, 3000))).sections[Symbol.asyncIterator]()
    let count = 0
    for await (const block of theirs) {
      const own = (await ours.next()).value
      expect(own?.cid.toString()).toBe(block.cid.toString())
      expect(Buffer.compare(own?.bytes, block.bytes)).toBe(0)
      count++
    }
    expect(count).toBe(1049)
    expect((await ours.next()).done).toBe(true)
  })
})

describe('encodeCar', () => {
  it('writes again the bytes that go-car wrote', async () => {
    for (const path of [fixture('car/generated/rw-v1.car'), foreignFixture('car/v2/testdata/sample-v1.car')]) {
      if (path === undefined) continue
      const bytes = readFileSync(path)
      const stream = await readCarStream(chunks(bytes, 4096))
      const parts: Uint8Array[] = []
      for await (const part of encodeCar(stream.roots, stream.sections)) parts.push(part.slice())
      expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0)
    }
  })

  it('mixes large and small blocks, and is read by @ipld/car', async () => {
    const blocks = [...(await numberedBlocks(5)), await rawBlock(new Uint8Array(300_000)), await rawBlock('end')]
    const reader = await CarReader.fromBytes(await carOf(blocks))
    const read: string[] = []
    for await (const { cid } of reader.blocks()) read.push(cid.toString())
    expect(read).toEqual(blocks.map(({ cid }) => cid.toString()))
  })
})
