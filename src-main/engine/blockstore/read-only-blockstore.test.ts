import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileReader, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { encodeCarHeader, openCarIndex, sectionHead } from '../car/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { openReadOnlyBlockstore, type ReadOnlyOptions, ReadWriteBlockstore } from './index.ts'

const code = (value: string) => expect.objectContaining({ code: value })
const generated = (name: string) => readFile(fixture(`car/generated/${name}`))

let warnings: string[]
beforeEach(() => {
  warnings = []
})

function openBytes(bytes: Uint8Array, options: ReadOnlyOptions = {}) {
  return openReadOnlyBlockstore(new MemoryReader(bytes), { onWarning: (text) => warnings.push(text), ...options })
}

function openFile(path: string, options: ReadOnlyOptions = {}) {
  return openReadOnlyBlockstore(FileReader.open(path), { onWarning: (text) => warnings.push(text), ...options })
}

async function listed(cids: AsyncIterable<CID>): Promise<string[]> {
  const found: string[] = []
  for await (const cid of cids) found.push(cid.toString())
  return found
}

/** As a piece behind HTTP: only asynchronous reads. */
function asynchronousOnly(bytes: Uint8Array): RandomAccessReader {
  const memory = new MemoryReader(bytes)
  return {
    size: memory.size,
    readAt: (into, position) => memory.readAt(into, position),
    close: async () => {},
  }
}

describe('blocks are found', () => {
  it.each([
    'rw-basic.car',
    'rw-dups.car',
    'rw-emptyblock.car',
    'rw-indexsorted.car',
    'rw-padding.car',
    'rw-identity-stored.car',
    'rw-nilroots.car',
    'rw-v1.car',
    'wrap-v1.car',
    'v1-noroots-key.car',
  ])('all that %s lists, through threads and without', async (name) => {
    const bytes = await generated(name)
    for (const reader of [new MemoryReader(bytes), asynchronousOnly(bytes)]) {
      const store = await openReadOnlyBlockstore(reader)
      let count = 0
      for await (const cid of store.cids()) {
        const block = await store.get(cid)
        expect(await store.has(cid)).toBe(true)
        expect(await store.size(cid)).toBe(block.length)
        count++
      }
      expect(count).toBeGreaterThan(0)
      await store.close()
    }
  })

  it('and absent ones are not', async () => {
    const store = await openBytes(await generated('rw-basic.car'))
    const { cid } = await numberedBlock(99)
    expect(await store.has(cid)).toBe(false)
    await expect(store.get(cid)).rejects.toThrow(code('BLOCK_NOT_FOUND'))
    await expect(store.size(cid)).rejects.toThrow(code('BLOCK_NOT_FOUND'))
  })

  it('under any codec, unless whole CIDs count', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const other = CID.createV1(0x71, cid.multihash)
    const car = await generated('rw-basic.car')
    expect(await (await openBytes(car)).get(other)).toEqual(bytes)
    const strict = await openBytes(car, { wholeCids: true })
    expect(await strict.has(other)).toBe(false)
    expect(await strict.get(cid)).toEqual(bytes)
  })

  it('in the order of the file, duplicates included', async () => {
    const ten = (await numberedBlocks(10)).map(({ cid }) => cid.toString())
    const store = await openBytes(await generated('rw-dups.car'))
    expect(await listed(store.cids())).toEqual([...ten, ...ten, ...ten, ...ten])
  })

  it('of any size, one after the other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carport-ro-'))
    try {
      const path = join(folder, 'a.car')
      const sizes = [0, 1, 4096, 100, 16_300, 16_400, 70_000, 5, 300_000, 4096]
      const blocks = await Promise.all(sizes.map((size, i) => rawBlock(new Uint8Array(size).fill(i + 1))))
      const writer = await ReadWriteBlockstore.open(path, { roots: [] })
      for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
      await writer.finalize()
      const stores = [await openFile(path), await openReadOnlyBlockstore(asynchronousOnly(await readFile(path)))]
      for (const store of stores) {
        const into = new Uint8Array(70_256)
        for (const { cid, bytes } of [...blocks, ...blocks.reverse()]) {
          expect(Buffer.compare(await store.get(cid), bytes)).toBe(0)
          expect(Buffer.compare(await store.get(cid, { into }), bytes)).toBe(0)
        }
        await store.close()
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('through an index that is given', async () => {
    const car = await generated('rw-basic.car')
    const index = await openCarIndex(new MemoryReader(car.subarray(251)))
    const withoutIndex = Buffer.from(car.subarray(0, 251)).fill(0, 43, 51)
    const store = await openBytes(withoutIndex, { index })
    const { cid, bytes } = await numberedBlock(2)
    expect(await store.get(cid)).toEqual(bytes)
    expect(warnings).toEqual([])
    await store.close()
    expect(index.findSync(cid.multihash.bytes)).toEqual([153])
  })
})

describe('bytes are checked', () => {
  it('unless the caller says not to', async () => {
    const car = await generated('rw-mismatch.car')
    const { cid } = await numberedBlock(7)
    const store = await openBytes(car)
    await expect(store.get(cid)).rejects.toThrow(code('BLOCK_MISMATCH'))
    expect(Buffer.from(await store.get(cid, { verify: false })).toString()).toBe('not the data')
  })

  it('with blake2b, as Lotus writes', async () => {
    const { cid, bytes } = await rawBlock('lotus', 0xb220)
    const good = Buffer.concat([encodeCarHeader([cid]), sectionHead(cid, bytes.length), bytes])
    expect(await (await openBytes(good)).get(cid)).toEqual(bytes)
    good[good.length - 1] = 0
    await expect((await openBytes(good)).get(cid)).rejects.toThrow(code('BLOCK_MISMATCH'))
  })
})

describe('identity blocks', () => {
  it('are answered from the CID, or from the file when asked to', async () => {
    const stored = await generated('rw-identity-stored.car')
    const { cid, bytes } = identityBlock('identity!')
    const absent = identityBlock('something else')
    const inline = await openBytes(stored)
    expect(await inline.get(absent.cid)).toEqual(absent.bytes)
    expect(await inline.has(absent.cid)).toBe(true)
    const fromFile = await openBytes(stored, { storeIdentity: true })
    expect(await fromFile.get(cid)).toEqual(bytes)
    expect(await fromFile.has(absent.cid)).toBe(false)
    expect(await fromFile.size(absent.cid)).toBe(absent.bytes.length)
  })
})

describe('an index that cannot be used', () => {
  it.each([
    ['is missing', (car: Buffer) => car.fill(0, 43, 51).subarray(0, 251)],
    ['is of an unknown codec', (car: Buffer) => car.fill(0x82, 251, 252)],
    ['counts too much', (car: Buffer) => car.fill(0xff, 253, 257)],
    ['is cut', (car: Buffer) => car.subarray(0, 300)],
    ['is empty', (car: Buffer) => car.subarray(0, 251)],
  ])('%s: the file is read once instead, and a warning says so', async (_, damage) => {
    const store = await openBytes(damage(await generated('rw-basic.car')))
    expect(warnings).toHaveLength(1)
    for (const { cid, bytes } of await numberedBlocks(3)) expect(await store.get(cid)).toEqual(bytes)
  })

  it('is made in a temporary file where it would be large, and nothing is left of that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carport-ro-'))
    vi.stubEnv('TMPDIR', folder)
    try {
      const store = await openBytes(await generated('rw-v1.car'), { scanInMemoryBytes: 10 })
      for (const { cid, bytes } of await numberedBlocks(2)) expect(await store.get(cid)).toEqual(bytes)
      await store.close()
      expect(await readdir(folder)).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  })

  it('points to another block: that is not taken for the one asked for', async () => {
    const car = await generated('rw-basic.car')
    const { cid } = await numberedBlock(0)
    const at = car.indexOf(cid.multihash.digest, 251) + 32
    car.writeBigUInt64LE(106n, at)
    const store = await openBytes(car)
    expect(await store.has(cid)).toBe(false)
    await expect(store.get(cid)).rejects.toThrow(code('BLOCK_NOT_FOUND'))
  })

  it('points to a block that was cut: then it is the CAR that is damaged', async () => {
    const car = await generated('rw-basic.car')
    const all: CID[] = []
    for await (const cid of (await openBytes(car)).cids()) all.push(cid)
    const [first, last] = [all[0], all.at(-1)] as [CID, CID]
    const lengthAt = car.indexOf(last.bytes) - 1
    car[lengthAt] = 127 // more than is left of the payload
    const store = await openBytes(car)
    expect((await store.get(first)).length).toBeGreaterThan(0)
    await expect(store.get(last)).rejects.toThrow(code('CAR_TRUNCATED'))
    await expect((await openReadOnlyBlockstore(asynchronousOnly(car))).get(last)).rejects.toThrow(code('CAR_TRUNCATED'))
  })

  it.each([
    ['behind the end', 5000n],
    ['into a block', 60n],
    ['to a number no file reaches', 2n ** 52n],
  ])('points %s: that is said', async (_, offset) => {
    const car = await generated('rw-basic.car')
    const { cid } = await numberedBlock(0)
    car.writeBigUInt64LE(offset, car.indexOf(cid.multihash.digest, 251) + 32)
    const store = await openBytes(car)
    await expect(store.has(cid)).rejects.toThrow(code('INDEX_INVALID'))
    await expect(store.get(cid)).rejects.toThrow(code('INDEX_INVALID'))
    const remote = await openReadOnlyBlockstore(asynchronousOnly(car))
    await expect(remote.get(cid)).rejects.toThrow(code('INDEX_INVALID'))
  })

  const preRelease = foreignFixture('car/ipld-spec/carv2-basic.car')
  it.skipIf(preRelease === undefined)('is of the layout before the release', async () => {
    const store = await openFile(preRelease ?? '')
    expect(warnings).toHaveLength(1)
    const spec = JSON.parse(await readFile((preRelease ?? '').replace('.car', '.json'), 'utf8')) as {
      blocks: Array<{ cid: { '/': string } }>
    }
    expect(await listed(store.cids())).toEqual(spec.blocks.map(({ cid }) => cid['/']))
    for await (const cid of store.cids()) expect((await store.get(cid)).length).toBe(await store.size(cid))
  })
})

describe('what is no finished CAR is refused', () => {
  it.each([
    ['rw-unfinalized.car', 'CAR_UNFINALIZED'],
    ['crash-index-no-header.car', 'CAR_UNFINALIZED'],
  ])('%s', async (name, expected) => {
    await expect(openBytes(await generated(name))).rejects.toThrow(code(expected))
  })

  it('a file that ends inside the payload', async () => {
    await expect(openBytes((await generated('rw-basic.car')).subarray(0, 240))).rejects.toThrow(code('CAR_TRUNCATED'))
  })

  it('another version', async () => {
    const bytes = Buffer.from('0ba16776657273696f6e182a', 'hex')
    await expect(openBytes(bytes)).rejects.toThrow(code('CAR_VERSION'))
  })

  it('a block larger than allowed is refused when it is read, not when it is looked for', async () => {
    const { cid } = await numberedBlock(0)
    const store = await openBytes(await generated('rw-basic.car'), { limits: { maxSectionBytes: 40 } })
    expect(await store.has(cid)).toBe(true)
    expect(await store.size(cid)).toBe(10)
    await expect(store.get(cid)).rejects.toThrow(code('CAR_LIMIT'))
  })
})

describe('a store that is closed or cancelled', () => {
  it('says so from then on', async () => {
    const store = await openBytes(await generated('rw-basic.car'))
    const { cid } = await numberedBlock(0)
    await store.close()
    await store.close()
    await expect(store.get(cid)).rejects.toThrow(code('CLOSED'))
    await expect(store.has(cid)).rejects.toThrow(code('CLOSED'))
    await expect(store.size(cid)).rejects.toThrow(code('CLOSED'))
    await expect(listed(store.cids())).rejects.toThrow(code('CLOSED'))
  })

  it('also in the middle of a list', async () => {
    const store = await openBytes(await generated('rw-basic.car'))
    const seen: CID[] = []
    await expect(
      (async () => {
        for await (const cid of store.cids()) {
          seen.push(cid)
          await store.close()
        }
      })(),
    ).rejects.toThrow(code('CLOSED'))
    expect(seen).toHaveLength(1)
  })

  it('stops a list when it is cancelled', async () => {
    const store = await openBytes(await generated('rw-basic.car'))
    const abort = new AbortController()
    const cids = store.cids({ signal: abort.signal })[Symbol.asyncIterator]()
    await cids.next()
    abort.abort()
    await expect(cids.next()).rejects.toThrow(code('CANCELLED'))
    const { cid } = await numberedBlock(0)
    await expect(store.get(cid, { signal: abort.signal })).rejects.toThrow(code('CANCELLED'))
  })
})

describe("go-car's samples", () => {
  const sample = (name: string) => foreignFixture(`car/v2/testdata/${name}`)
  const present = sample('sample-v1.car') !== undefined

  it.skipIf(!present).each([
    ['sample-v1.car', false, 1049],
    ['sample-wrapped-v2.car', false, 1049],
    ['sample-v2-indexless.car', false, 1049],
    ['sample-v1-with-zero-len-section.car', true, 1049],
    ['sample-v1-with-zero-len-section2.car', true, 20],
    ['sample-rw-bs-v2.car', false, 3],
    ['sample-unixfs-v2.car', false, 3],
  ])('%s: every block, with identity answered from the CID and from the file', async (name, padded, count) => {
    for (const storeIdentity of [false, true]) {
      const store = await openFile(sample(name) ?? '', { zeroLengthSectionAsEnd: padded, storeIdentity })
      const cids = await listed(store.cids())
      expect(cids).toHaveLength(count)
      for (const text of cids) {
        const cid = CID.parse(text)
        // An index that leaves identity blocks out cannot answer for them.
        const unindexed = storeIdentity && name === 'sample-wrapped-v2.car' && cid.multihash.code === 0
        expect(await store.has(cid)).toBe(!unindexed)
        if (!unindexed) expect((await store.get(cid)).length).toBe(await store.size(cid))
      }
      await store.close()
    }
  })

  it.skipIf(!present)('zero padding is an error unless it is expected', async () => {
    await expect(openFile(sample('sample-v1-with-zero-len-section.car') ?? '')).rejects.toThrow(code('CAR_INVALID'))
  })

  it.skipIf(!present).each([
    ['sample-rootless-v42.car', 'CAR_VERSION'],
    ['sample-corrupt-pragma.car', 'CAR_TRUNCATED'],
    ['sample-v2-corrupt-data-and-index.car', 'CAR_INVALID'],
    ['sample-v1-tailing-corrupt-section.car', 'CAR_TRUNCATED'],
  ])('%s is refused', async (name, expected) => {
    await expect(openFile(sample(name) ?? '')).rejects.toThrow(code(expected))
  })

  it.skipIf(!present)('an index of the older codec, kept beside the CAR', async () => {
    const index = await openCarIndex(FileReader.open(sample('sample-index.carindex') ?? ''))
    const store = await openFile(sample('sample-v1.car') ?? '', { index, storeIdentity: true })
    for await (const cid of store.cids()) expect((await store.get(cid)).length).toBe(await store.size(cid))
    await store.close()
  })
})

describe('files while they are read', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carport-ro-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('a block that was damaged after opening is not given out', async () => {
    const path = join(folder, 'a.car')
    const car = await generated('rw-basic.car')
    await writeFile(path, car)
    const store = await openFile(path)
    const [, second] = (await numberedBlocks(2)) as [TestBlock, TestBlock]
    car[51 + 106 + 40] = 1
    await writeFile(path, car)
    await expect(store.get(second.cid)).rejects.toThrow(code('BLOCK_MISMATCH'))
    await store.close()
  })
})
