import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { FileReader, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { identityBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { readCarLayout } from './car-layout.ts'
import { type ScanOptions, scanCar } from './car-scan.ts'
import { readCarStream } from './car-stream.ts'
import { encodeCarHeader } from './car-v1-header.ts'
import { encodeCarV2Prefix } from './car-v2-header.ts'
import { encodeCar } from './encode-car.ts'
import { sectionHead } from './section.ts'
import { cidOf, dataOf, sectionEndOf, sectionOf } from './section-batch.ts'

interface Found {
  cid: string
  offset: number
  length: number
  data: string | null
}

async function scan(reader: RandomAccessReader, options: ScanOptions = {}): Promise<Found[]> {
  const layout = await readCarLayout(reader, options)
  const found: Found[] = []
  for await (const batch of scanCar(reader, layout, options)) {
    for (let i = 0; i < batch.count; i++) {
      found.push({
        cid: cidOf(batch, i).toString(),
        offset: batch.sectionOffset[i] as number,
        length: batch.dataLength[i] as number,
        data: batch.dataPresent[i] === 1 ? Buffer.from(dataOf(batch, i)).toString('base64') : null,
      })
    }
  }
  return found
}

async function carOf(blocks: Iterable<TestBlock>, roots: CID[] = []): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of encodeCar(roots, blocks)) chunks.push(chunk.slice())
  return Buffer.concat(chunks)
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

const SAMPLES = [
  ...['rw-v1', 'rw-basic', 'rw-padding', 'rw-dups', 'rw-emptyblock', 'rw-identity-stored', 'v1-noroots-key'].map(
    (name) => fixture(`car/generated/${name}.car`),
  ),
  ...['sample-v1', 'sample-wrapped-v2', 'sample-v2-indexless', 'sample-unixfs-v2'].map((name) =>
    foreignFixture(`car/v2/testdata/${name}.car`),
  ),
  foreignFixture('car/ipld-spec/carv1-basic.car'),
  foreignFixture('car/ipld-spec/carv2-basic.car'),
].filter((path) => path !== undefined)

const temporary = temporaryFolder('scan')

describe('scanCar', () => {
  it.each(SAMPLES)('finds in %s what the stream reader finds, however it reads', async (path) => {
    const expected: Array<[string, number, string]> = []
    const stream = await readCarStream(inChunks(readFileSync(path), 1000))
    for await (const { cid, bytes, offset, sourceOffset } of stream.sections) {
      expect(sourceOffset).toBe(stream.payloadOffset + offset)
      expected.push([cid.toString(), offset, Buffer.from(bytes).toString('base64')])
    }
    const reader = FileReader.open(path)
    for (const options of [{}, { data: true }, { sync: true }, { readBytes: 64 }, { readBytes: 700, data: true }]) {
      const found = await scan(reader, options)
      expect(found.map(({ cid, offset }) => [cid, offset])).toEqual(expected.map(([cid, offset]) => [cid, offset]))
      if (options.data) expect(found.map(({ data }) => data)).toEqual(expected.map(([, , data]) => data))
    }
    await reader.close()
  })

  it('finds 100 blocks whose lengths cross from one byte to two, in v1, v2 and v2 with padding', async () => {
    const blocks = await Promise.all(Array.from({ length: 100 }, (_, i) => rawBlock(Buffer.alloc(60 + i, i))))
    const payload = await carOf(blocks)
    for (const payloadOffset of [0, 51, 151]) {
      const prefix = { fullyIndexed: false, payloadOffset, payloadSize: payload.length, indexOffset: 0 }
      const padding = Buffer.alloc(Math.max(0, payloadOffset - 51))
      const file = payloadOffset === 0 ? payload : Buffer.concat([encodeCarV2Prefix(prefix), padding, payload])
      const found = await scan(new MemoryReader(file), { data: true, readBytes: 333 })
      expect(found.map(({ cid }) => cid)).toEqual(blocks.map(({ cid }) => cid.toString()))
      expect(found.map(({ data }) => data)).toEqual(blocks.map(({ bytes }) => Buffer.from(bytes).toString('base64')))
    }
  })

  it('reads only the heads of large blocks, and everything where blocks are small', async () => {
    const large = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => rawBlock(Buffer.alloc(1_000_000, i))))
    const small = await numberedBlocks(3000)
    const blocks = [...large, ...small, ...large, identityBlock('i'.repeat(500)), ...small.slice(0, 5), ...large]
    const path = temporary('mixed.car')
    await writeFile(path, await carOf(blocks))
    for (const sync of [true, false]) {
      const { reader, counted } = countingReader(path)
      const found = await scan(reader, { sync, readBytes: 2_100_000 })
      expect(found.map(({ cid }) => cid)).toEqual(blocks.map(({ cid }) => cid.toString()))
      expect(found.map(({ length }) => length)).toEqual(blocks.map(({ bytes }) => bytes.length))
      expect(counted.bytes).toBeLessThan(reader.size)
      await reader.close()
    }
  })

  it('reads sections that are longer than a read only once', async () => {
    const blocks = await Promise.all([...Array(12).keys()].map((i) => rawBlock(Buffer.alloc(1 << 18, i))))
    const path = temporary('longer.car')
    await writeFile(path, await carOf(blocks))
    for (const sync of [true, false]) {
      const { reader, counted } = countingReader(path)
      const found = await scan(reader, { sync, data: true, readBytes: 1 << 18 })
      expect(found.map(({ cid }) => cid)).toEqual(blocks.map(({ cid }) => cid.toString()))
      // All of them, and the first try.
      expect(counted.bytes).toBeLessThan(reader.size + 2 * (1 << 18))
      await reader.close()
    }
  })

  it('leaves the batch of a scan that was left alone, whatever is scanned afterwards', async () => {
    const car = await carOf([await rawBlock(Buffer.alloc(300_000, 1))])
    const others = await carOf([await rawBlock(Buffer.alloc(300_000, 2))])
    const reader = new MemoryReader(car)
    let kept: Uint8Array = new Uint8Array(0)
    for await (const batch of scanCar(reader, await readCarLayout(reader), { data: true })) {
      kept = dataOf(batch, 0)
      break
    }
    for (let i = 0; i < 3; i++) await scan(new MemoryReader(others), { data: true })
    expect(kept.every((byte) => byte === 1)).toBe(true)
  })

  it('gives whole sections and where they end', async () => {
    const blocks = await numberedBlocks(3)
    const car = await carOf(blocks)
    const reader = new MemoryReader(car)
    const layout = await readCarLayout(reader)
    let end = layout.headerSize
    for await (const batch of scanCar(reader, layout, { data: true })) {
      for (let i = 0; i < batch.count; i++) {
        const block = blocks[i] as TestBlock
        const section = Buffer.concat([sectionHead(block.cid, block.bytes.length), block.bytes])
        expect(Buffer.compare(sectionOf(batch, i), section)).toBe(0)
        expect(batch.sectionOffset[i]).toBe(end)
        end = sectionEndOf(batch, i)
      }
    }
    expect(end).toBe(car.length)
  })

  it('starts and stops at the sections named', async () => {
    const car = await carOf(await numberedBlocks(10))
    const all = await scan(new MemoryReader(car))
    const [from, to] = [all[3]?.offset, all[7]?.offset]
    expect(await scan(new MemoryReader(car), { from, to })).toEqual(all.slice(3, 7))
  })

  it('takes the 8 MiB limit by the byte, CID included', async () => {
    const block = await rawBlock(new Uint8Array(8 * 1024 * 1024))
    const reader = new MemoryReader(await carOf([block]))
    for (const data of [true, false]) {
      await expect(scan(reader, { data })).rejects.toMatchObject({
        code: 'CAR_LIMIT',
        details: { goCar: 'invalid section data, length of read beyond allowable maximum' },
      })
      await expect(scan(reader, { data, maxSectionBytes: 8 * 1024 * 1024 + 36 })).resolves.toHaveLength(1)
      await expect(scan(reader, { data, maxSectionBytes: 8 * 1024 * 1024 + 35 })).rejects.toMatchObject({
        code: 'CAR_LIMIT',
      })
    }
  })

  it('gives what lies in front of the damage, then says where it is', async () => {
    const car = await carOf(await numberedBlocks(5))
    const last = (await scan(new MemoryReader(car)))[4] as Found
    for (let length = last.offset + 1; length < car.length; length++) {
      const reader = new MemoryReader(car.subarray(0, length))
      const layout = await readCarLayout(reader)
      const running = scanCar(reader, layout, { data: length % 2 === 0 })
      let found = 0
      const reading = async () => {
        for await (const batch of running) found += batch.count
      }
      await expect(reading()).rejects.toMatchObject({ code: 'CAR_TRUNCATED', details: { offset: last.offset } })
      expect(found).toBe(4)
      expect(running.position).toBe(last.offset)
    }
  })

  it('refuses a section that is shorter than its CID, which go-car indexes', async () => {
    const { cid } = await rawBlock('x')
    const car = Buffer.concat([encodeCarHeader([]), Uint8Array.of(20), cid.bytes, Buffer.from('x')])
    await expect(scan(new MemoryReader(car))).rejects.toMatchObject({
      code: 'CAR_INVALID',
      details: { offset: 18, goCar: 'section length shorter than CID length' },
    })
  })

  it('takes a section of length zero as the end only when told to', async () => {
    const car = Buffer.concat([await carOf(await numberedBlocks(2)), Buffer.alloc(1000)])
    await expect(scan(new MemoryReader(car))).rejects.toMatchObject({
      code: 'CAR_INVALID',
      details: { goCar: 'carv1 null padding not allowed by default; see ZeroLengthSectionAsEOF' },
    })
    const reader = new MemoryReader(car)
    const running = scanCar(reader, await readCarLayout(reader), { zeroLengthSectionAsEnd: true })
    for await (const batch of running) expect(batch.count).toBe(2)
    expect(running.end).toEqual({ offset: car.length - 1000, atZeroSection: true })
  })

  it('can be cancelled', async () => {
    const reader = new MemoryReader(await carOf(await numberedBlocks(2)))
    await expect(scan(reader, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('says so when the file is cut while it is read', async () => {
    const car = await carOf(await numberedBlocks(5))
    const layout = await readCarLayout(new MemoryReader(car))
    const running = scanCar(new MemoryReader(car.subarray(0, 100)), layout)
    await expect(running[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
  })
})

/** Counts what is read of a file. */
function countingReader(path: string): { reader: RandomAccessReader; counted: { bytes: number } } {
  const file = FileReader.open(path)
  const counted = { bytes: 0 }
  const reader: RandomAccessReader = {
    size: file.size,
    readAt: (into, position, signal) => {
      counted.bytes += into.length
      return file.readAt(into, position, signal)
    },
    readAtSync: (into, position) => {
      counted.bytes += into.length
      return file.readAtSync(into, position)
    },
    close: () => file.close(),
  }
  return { reader, counted }
}
