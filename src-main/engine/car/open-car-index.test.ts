import { readFileSync } from 'node:fs'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { FileReader, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { rawBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { readCarLayout } from './car-layout.ts'
import { scanCar } from './car-scan.ts'
import { IndexBuilder } from './index-builder.ts'
import { openCarIndex } from './open-car-index.ts'
import { multihashOf } from './section-batch.ts'

/** Pieces are valid for a while only, so each is copied before the next is asked for. */
function joined(pieces: Iterable<Uint8Array>): Buffer {
  const copies: Uint8Array[] = []
  for (const piece of pieces) copies.push(piece.slice())
  return Buffer.concat(copies)
}

/** An index over `count` made-up digests, opened from its bytes. */
async function made(count: number, codec: IndexCodec, options = {}) {
  const builder = new IndexBuilder({ codec })
  const multihashes: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const { cid } = await rawBlock(`made-${i % Math.ceil(count * 0.9)}`) // a tenth comes twice
    multihashes.push(cid.multihash.bytes)
    builder.add(cid.multihash.bytes, i * 7)
  }
  const bytes = joined(builder.encode())
  return { index: await openCarIndex(new MemoryReader(bytes), undefined, options), multihashes, bytes }
}

async function entriesOf(path: string, codec: IndexCodec, includeIdentity: boolean): Promise<Map<string, number[]>> {
  const reader = FileReader.open(path)
  const found = new Map<string, number[]>()
  for await (const batch of scanCar(reader, await readCarLayout(reader))) {
    for (let i = 0; i < batch.count; i++) {
      if (batch.hashCode[i] === 0 && !includeIdentity) continue
      const key = Buffer.from(multihashOf(batch, i)).toString('hex')
      found.set(key, [...(found.get(key) ?? []), batch.sectionOffset[i] as number])
    }
  }
  await reader.close()
  expect(codec).toBeGreaterThan(0)
  return found
}

/** Hides readAtSync, as a reader over HTTP has none. */
const onlyAsync = (reader: RandomAccessReader): RandomAccessReader => ({
  size: reader.size,
  readAt: (into, position, signal) => reader.readAt(into, position, signal),
  close: () => reader.close(),
})

describe('openCarIndex', () => {
  it.each([INDEX_SORTED, MULTIHASH_INDEX_SORTED] as const)(
    'finds every digest in codec %d, and no other',
    async (codec) => {
      for (const inMemoryBytes of [0, 1 << 30]) {
        const { index, multihashes } = await made(5000, codec, { inMemoryBytes })
        expect(index).toMatchObject({ codec, recordCount: 5000, canFindSync: true })
        for (let i = 0; i < multihashes.length; i += 13) {
          const wanted = i < 500 ? [i * 7, (i + 4500) * 7] : i < 4500 ? [i * 7] : [(i - 4500) * 7, i * 7]
          expect(index.findSync(multihashes[i] as Uint8Array)).toEqual(wanted)
          expect(await index.find(multihashes[i] as Uint8Array)).toEqual(wanted)
        }
        for (const content of ['not there', 'nor this', '']) {
          const { cid } = await rawBlock(content)
          expect(await index.find(cid.multihash.bytes)).toEqual([])
        }
        for (const fill of [0, 0xff]) // before the first and behind the last
          expect(await index.find(createDigest(0x12, new Uint8Array(32).fill(fill)).bytes)).toEqual([])
        expect(await index.find(createDigest(0x12, new Uint8Array(20)).bytes)).toEqual([])
        const otherHash = createDigest(0x16, (multihashes[600] as Uint8Array).subarray(2)).bytes
        expect(await index.find(otherHash)).toEqual(codec === INDEX_SORTED ? [4200] : [])
      }
    },
  )

  it('reads a few pieces of a large index, fewer once it knows the way', async () => {
    const { bytes, multihashes } = await made(20_000, MULTIHASH_INDEX_SORTED)
    const memory = new MemoryReader(bytes)
    let reads = 0
    const counting: RandomAccessReader = {
      size: memory.size,
      readAt: (into, position) => {
        reads++
        return memory.readAt(into, position)
      },
      close: () => memory.close(),
    }
    const index = await openCarIndex(counting, undefined, { inMemoryBytes: 0 })
    expect(reads).toBeLessThan(8)
    expect(index.canFindSync).toBe(false)
    reads = 0
    await index.find(multihashes[1000] as Uint8Array)
    expect(reads).toBeLessThan(10)
    for (const multihash of multihashes.slice(0, 5000)) await index.find(multihash)
    reads = 0
    await index.find(multihashes[1000] as Uint8Array)
    expect(reads).toBe(1)
  })

  it('finds all of many equal digests, across its blocks', async () => {
    const builder = new IndexBuilder()
    for (let fill = 0; fill < 3; fill++)
      for (let i = 0; i < 1000; i++)
        builder.add(createDigest(0x12, new Uint8Array(32).fill(fill)).bytes, fill * 1000 + i)
    const bytes = joined(builder.encode())
    const index = await openCarIndex(new MemoryReader(bytes), undefined, { inMemoryBytes: 0 })
    const found = await index.find(createDigest(0x12, new Uint8Array(32).fill(1)).bytes)
    expect(found).toEqual(Array.from({ length: 1000 }, (_, i) => 1000 + i))
  })

  it('lists entries and batches in index order, the same as it finds', async () => {
    const { index, bytes } = await made(3000, MULTIHASH_INDEX_SORTED)
    let count = 0
    let last: Uint8Array | null = null
    for await (const { multihash, offset } of index.entries()) {
      if (last !== null) expect(Buffer.compare(last, multihash)).toBeLessThanOrEqual(0)
      expect(index.findSync(multihash)).toContain(offset)
      last = multihash
      count++
    }
    expect(count).toBe(3000)
    const batches: Uint8Array[] = []
    for await (const batch of index.batches()) batches.push(batch.bytes.slice())
    expect(Buffer.concat(batches)).toEqual(bytes.subarray(30))
  })

  it('cannot list multihashes of a car-index-sorted, and says what to do', async () => {
    const { index } = await made(5, INDEX_SORTED)
    await expect(index.entries()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { goCar: 'index of codec car-index-sorted is not iterable' },
    })
  })

  it('opens the empty index, an identity CID of no bytes, and lengths that do not add up', async () => {
    const empty = await openCarIndex(new MemoryReader(Buffer.from('810800000000', 'hex')))
    expect(await empty.find(createDigest(0x12, new Uint8Array(32)).bytes)).toEqual([])
    const identity = FileReader.open(fixture('car/generated/rw-identity-stored.car'))
    const { indexOffset } = await readCarLayout(identity)
    const index = await openCarIndex(identity, { offset: Number(indexOffset), length: identity.size })
    expect(await index.find(createDigest(0, new Uint8Array(0)).bytes)).toHaveLength(1)
    await identity.close()
    const odd = Buffer.from(`8008010000002800000027${'00'.repeat(7)}${'00'.repeat(0x27)}`, 'hex')
    expect(await openCarIndex(new MemoryReader(odd))).toMatchObject({ recordCount: 0 })
  })

  it.each([
    ['a negative count of hashes', '8108ffffffff', 'index too big; MultihashIndexSorted count is overflowing int32'],
    ['a negative count of widths', `8008ffffffff`, 'index too big; multiWidthIndex count is overflowing int32'],
    ['more widths than bytes', '8008ffffff7f', 'unexpected EOF'],
    ['a width of 7', '800801000000070000000000000000000000', 'malformed index; width must be at least 8'],
    [
      'a width above 32 MiB',
      '800801000000010000020000000000000000',
      'index too big; singleWidthIndex width is larger than allowed maximum',
    ],
    ['a bucket longer than the file', '80080100000028000000ffffffff00000000', 'unexpected EOF'],
    ['a codec it does not know', '820801000000', 'unknwon index codec: Code(1026)'],
    ['nothing', '', 'unexpected EOF'],
  ])('refuses %s', async (_what, hex, goCar) => {
    await expect(openCarIndex(new MemoryReader(Buffer.from(hex, 'hex')))).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      details: { goCar },
    })
  })

  it('does not fill memory for an index of countless empty buckets', async () => {
    const buckets = Buffer.alloc(6 + 12 * 200_000)
    buckets.write('8008', 'hex')
    buckets.writeInt32LE(200_000, 2)
    for (let i = 0; i < 200_000; i++) buckets.writeUInt32LE(8, 6 + 12 * i)
    await expect(openCarIndex(new MemoryReader(buckets))).rejects.toMatchObject({ code: 'INDEX_INVALID' })
  })

  it('does not give an offset beyond 2^53, which leads nowhere', async () => {
    const record = `${'11'.repeat(32)}ffffffffffffffff`
    const bytes = Buffer.from(`8008010000002800000028${'00'.repeat(7)}${record}`, 'hex')
    const index = await openCarIndex(new MemoryReader(bytes))
    expect(await index.find(createDigest(0x12, Buffer.alloc(32, 0x11)).bytes)).toEqual([])
  })

  const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}`)
  it.skipIf(testdata('sample-v1.car') === undefined)('leads to the right blocks in the samples of go-car', async () => {
    const car = String(testdata('sample-v1.car'))
    for (const [name, codec, identity] of [
      ['sample-index.carindex', INDEX_SORTED, true],
      ['sample-multihash-index-sorted.carindex', MULTIHASH_INDEX_SORTED, false],
    ] as const) {
      const expected = await entriesOf(car, codec, identity)
      for (const hide of [false, true]) {
        const reader = FileReader.open(String(testdata(name)))
        const index = await openCarIndex(hide ? onlyAsync(reader) : reader, undefined, {
          inMemoryBytes: 0,
          ownsReader: true,
        })
        expect(index).toMatchObject({ codec, byteLength: reader.size, recordCount: identity ? 1049 : 1043 })
        for (const [key, offsets] of expected) {
          const multihash = Buffer.from(key, 'hex')
          expect((await index.find(multihash)).sort((a, b) => a - b)).toEqual(offsets)
          if (!hide) expect(index.findSync(multihash).sort((a, b) => a - b)).toEqual(offsets)
        }
        await index.close()
      }
    }
  })

  it.skipIf(testdata('sample-wrapped-v2.car') === undefined)(
    'finds the root at the offset go-car finds it at',
    async () => {
      const reader = FileReader.open(String(testdata('sample-wrapped-v2.car')))
      const { roots, indexOffset } = await readCarLayout(reader)
      const index = await openCarIndex(reader, {
        offset: Number(indexOffset),
        length: reader.size - Number(indexOffset),
      })
      expect(await index.find((roots[0] as { multihash: { bytes: Uint8Array } }).multihash.bytes)).toEqual([61])
      await reader.close()
    },
  )

  it('is the same whether read from a file of its own or from inside a CAR', () => {
    const car = readFileSync(fixture('car/generated/rw-dups.car'))
    const detached = readFileSync(fixture('car/generated/rw-dups.generated.carindex'))
    expect(car.length - 1990).toBe(detached.length)
  })
})
