import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { FileReader } from '../../base/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, type TestBlock } from '../../testing/blocks.ts'
import { fixture, foreignFixture } from '../../testing/fixtures.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { CarFileWriter } from '../car-file-writer.ts'
import { INDEX_SORTED, MULTIHASH_INDEX_SORTED } from '../car-index.ts'
import { type CarLayout, readCarLayout } from '../car-layout.ts'
import { scanCar } from '../car-scan.ts'
import { generateIndexFile } from '../generate-index.ts'
import { cidOf } from '../section-batch.ts'
import { attachIndex } from './attach-index.ts'
import { concatCars } from './concat-cars.ts'
import { detachIndex, listIndexFile } from './detach-index.ts'
import { extractCar } from './extract-car.ts'
import { filterCar } from './filter-car.ts'
import { replaceRoots } from './replace-roots.ts'
import { wrapCar } from './wrap-car.ts'

const temporary = temporaryFolder('ops')
const generated = (name: string) => fixture(`car/generated/${name}.car`)
const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}`)
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** Roots as text: CIDs that share a buffer are not deeply equal to those that do not. */
type TextLayout = Omit<CarLayout, 'roots'> & { roots: string[] }

async function contentOf(path: string): Promise<{ layout: TextLayout; cids: string[] }> {
  const reader = FileReader.open(path)
  const layout = await readCarLayout(reader)
  const cids: string[] = []
  for await (const batch of scanCar(reader, layout))
    for (let i = 0; i < batch.count; i++) cids.push(String(cidOf(batch, i)))
  await reader.close()
  return { layout: { ...layout, roots: layout.roots.map(String) }, cids }
}

async function writeCar(name: string, blocks: TestBlock[], options: { version?: 1 | 2; roots?: CID[] } = {}) {
  const path = temporary(name)
  const writer = await CarFileWriter.create(path, {
    version: 1,
    roots: blocks.slice(0, 1).map(({ cid }) => cid),
    ...options,
  })
  for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
  await writer.finish()
  return path
}

describe('wrapCar', () => {
  it('writes what WrapV1 of go-car writes', async () => {
    const out = temporary('wrapped.car')
    expect(await wrapCar(generated('rw-v1'), out)).toMatchObject({ blockCount: 2, indexOffset: 204, payloadOffset: 51 })
    expect(same(await readFile(out), await readFile(generated('wrap-v1')))).toBe(true)
    expect(await readdir(temporary())).toEqual(['wrapped.car'])
  })

  it('honours padding, which go-car ignores, and says fully indexed when identity CIDs are', async () => {
    const out = temporary('padded.car')
    await wrapCar(generated('rw-v1'), out, { dataPadding: 1413, indexPadding: 1314 })
    expect(same(await readFile(out), await readFile(generated('rw-padding')))).toBe(true)
    const car = await writeCar('identity.car', [await numberedBlock(0), identityBlock('here')])
    await wrapCar(car, out, { includeIdentity: true })
    expect((await contentOf(out)).layout.fullyIndexed).toBe(true)
  })

  it('gives the payload of a CARv2 a new container instead of putting a CARv2 into a CARv2', async () => {
    const path = temporary('rewrapped.car')
    await copyFile(generated('rw-padding'), path)
    await wrapCar(path, path, { codec: INDEX_SORTED }) // in place
    const { layout, cids } = await contentOf(path)
    expect(layout).toMatchObject({ payloadOffset: 51, payloadSize: 153, indexOffset: 204 })
    expect(cids).toHaveLength(2)
    await wrapCar(path, path, { codec: null })
    expect(await readFile(path)).toHaveLength(204)
    await wrapCar(path, path)
    expect(same(await readFile(path), await readFile(generated('wrap-v1')))).toBe(true)
  })

  it('wraps a piece with its padding', async () => {
    const car = temporary('piece.car')
    await writeFile(car, Buffer.concat([await readFile(generated('rw-v1')), Buffer.alloc(500)]))
    await expect(wrapCar(car, temporary('out.car'))).rejects.toMatchObject({ code: 'CAR_INVALID' })
    expect(await readdir(temporary())).toEqual(['piece.car'])
    await wrapCar(car, temporary('out.car'), { zeroLengthSectionAsEnd: true })
    expect((await readFile(temporary('out.car'))).readBigUInt64LE(35)).toBe(653n)
  })

  it.skipIf(testdata('sample-v1.car') === undefined)('wraps the sample as go-car did', async () => {
    const out = temporary('sample.car')
    await wrapCar(String(testdata('sample-v1.car')), out)
    expect(same(await readFile(out), await readFile(String(testdata('sample-wrapped-v2.car'))))).toBe(true)
    await expect(wrapCar(String(testdata('sample-rootless-v42.car')), out)).rejects.toMatchObject({
      code: 'CAR_VERSION',
    })
  })
})

describe('extractCar', () => {
  it('writes the payload to a new file, over a longer one, and in place', async () => {
    const payload = await readFile(generated('rw-v1'))
    const out = temporary('payload.car')
    await writeFile(out, Buffer.alloc(10_000))
    await extractCar(generated('rw-padding'), out)
    expect(same(await readFile(out), payload)).toBe(true)
    await copyFile(generated('rw-padding'), out)
    expect(await extractCar(out, out)).toEqual({ payloadSize: 153 })
    expect(same(await readFile(out), payload)).toBe(true)
  })

  it('refuses a CARv1 in the words of go-car, and leaves an unfinalized file alone', async () => {
    await expect(extractCar(generated('rw-v1'), temporary('x'))).rejects.toMatchObject({
      code: 'CAR_VERSION',
      details: { goCar: 'already a CARv1' },
    })
    await expect(extractCar(generated('rw-unfinalized'), temporary('x'))).rejects.toMatchObject({
      code: 'CAR_UNFINALIZED',
    })
    expect(await readdir(temporary())).toEqual([])
  })
})

describe('attachIndex', () => {
  it('gives an index to a CARv2 without one, in place, which go-car cannot', async () => {
    const path = temporary('bare.car')
    await wrapCar(generated('rw-v1'), path, { codec: null })
    expect(await attachIndex(path)).toEqual({
      codec: MULTIHASH_INDEX_SORTED,
      recordCount: 2,
      indexOffset: 204,
      bytes: 110,
    })
    expect(same(await readFile(path), await readFile(generated('wrap-v1')))).toBe(true)
  })

  it('replaces an index by a shorter one, or by a file', async () => {
    const path = temporary('other.car')
    await copyFile(generated('wrap-v1'), path)
    await attachIndex(path, { codec: INDEX_SORTED, indexPadding: 10 })
    expect((await stat(path)).size).toBe(204 + 10 + 2 + 4 + 12 + 80)
    const index = temporary('detached.index')
    await generateIndexFile(path, index)
    await attachIndex(path, { indexPath: index })
    expect(same(await readFile(path), await readFile(generated('wrap-v1')))).toBe(true)
  })

  it('changes nothing when the file given is no index, or the CAR is a CARv1', async () => {
    const path = temporary('kept.car')
    await copyFile(generated('wrap-v1'), path)
    await expect(attachIndex(path, { indexPath: generated('rw-v1') })).rejects.toMatchObject({ code: 'INDEX_INVALID' })
    expect(same(await readFile(path), await readFile(generated('wrap-v1')))).toBe(true)
    await copyFile(generated('rw-v1'), path)
    await expect(attachIndex(path)).rejects.toMatchObject({ code: 'CAR_VERSION' })
    expect(same(await readFile(path), await readFile(generated('rw-v1')))).toBe(true)
  })
})

describe('detachIndex', () => {
  it('copies the index out, to be listed', async () => {
    const out = temporary('out.index')
    expect(await detachIndex(generated('rw-basic'), out)).toMatchObject({ recordCount: 3, bytes: 150 })
    expect(same(await readFile(out), (await readFile(generated('rw-basic'))).subarray(251))).toBe(true)
    const listed: string[] = []
    for await (const { multihash, offset } of listIndexFile(out))
      listed.push(`${Buffer.from(multihash).toString('hex').slice(0, 4)} ${offset}`)
    expect(listed.sort()).toEqual(['1220 106', '1220 153', '1220 59'])
  })

  it('says that there is none', async () => {
    for (const name of ['rw-v1', 'rw-unfinalized'])
      await expect(detachIndex(generated(name), temporary('x'))).rejects.toThrow()
    await expect(detachIndex(generated('rw-v1'), temporary('x'))).rejects.toMatchObject({
      code: 'INDEX_MISSING',
      details: { goCar: 'no index present' },
    })
  })

  it('cannot list a car-index-sorted', async () => {
    const out = temporary('sorted.index')
    await detachIndex(generated('rw-indexsorted'), out)
    await expect(listIndexFile(out).next()).rejects.toMatchObject({
      details: { goCar: 'index of codec car-index-sorted is not iterable' },
    })
  })
})

describe('replaceRoots', () => {
  it.each(['rw-v1', 'rw-basic', 'rw-padding'])('replaces the root of %s and nothing else', async (name) => {
    const path = temporary('roots.car')
    await copyFile(generated(name), path)
    const before = await contentOf(path)
    const { cid } = await numberedBlock(7)
    await replaceRoots(path, [cid])
    const after = await contentOf(path)
    expect(after.layout).toEqual({ ...before.layout, roots: [cid.toString()] })
    expect(after.cids).toEqual(before.cids)
  })

  it.each([
    ['no roots', 0, 0x12, 18],
    ['two roots', 2, 0x12, 100],
    ['a longer root', 1, 0xb220, 61],
  ])('refuses %s, which takes another length', async (_what, count, hash, size) => {
    const path = temporary('refused.car')
    await copyFile(generated('rw-v1'), path)
    const roots = new Array<CID>(count).fill((await numberedBlock(1, hash)).cid)
    await expect(replaceRoots(path, roots)).rejects.toMatchObject({
      code: 'CAR_ROOTS_MISMATCH',
      details: { goCar: `current header size (59) must match replacement header size (${size})` },
    })
    expect(same(await readFile(path), await readFile(generated('rw-v1')))).toBe(true)
  })

  it('takes a root of another kind that is as long', async () => {
    const path = temporary('v0.car')
    const v0 = CID.parse('QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG')
    await writeCar('v0.car', await numberedBlocks(1), { roots: [v0] })
    const other = CID.parse('QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR')
    await replaceRoots(path, [other])
    expect((await contentOf(path)).layout.roots).toEqual([other.toString()])
    await expect(replaceRoots(path, [other.toV1()])).rejects.toMatchObject({ code: 'CAR_ROOTS_MISMATCH' })
  })
})

describe('concatCars', () => {
  it('puts the sections of all under the roots of the first, or of all', async () => {
    const blocks = await numberedBlocks(5)
    const first = await writeCar('1.car', blocks.slice(0, 2))
    const second = await writeCar('2.car', blocks.slice(1), { version: 2 })
    for (const version of [1, 2] as const) {
      const out = temporary('all.car')
      await concatCars([first, second], out, { version })
      const { layout, cids } = await contentOf(out)
      expect(cids).toEqual([0, 1, 1, 2, 3, 4].map((i) => String(blocks[i]?.cid)))
      expect(layout).toMatchObject({ version, roots: [String(blocks[0]?.cid)] })
      if (version === 2) expect(layout.indexOffset).not.toBeNull()
    }
    await concatCars([first, second, first], temporary('roots.car'), { roots: 'all' })
    const roots = (await contentOf(temporary('roots.car'))).layout.roots
    expect(roots).toEqual([blocks[0], blocks[1]].map((block) => String(block?.cid)))
  })

  it('needs something to concatenate', async () => {
    await expect(concatCars([], temporary('none.car'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('filterCar', () => {
  it('keeps or drops the CIDs named, and filters the roots alike', async () => {
    const blocks = await numberedBlocks(6)
    const path = await writeCar('source.car', blocks)
    const some = blocks.slice(2, 4).map(({ cid }) => cid)
    const out = temporary('kept.car')
    expect(await filterCar(path, out, some)).toMatchObject({ kept: 2, dropped: 4, roots: [], version: 2 })
    expect((await contentOf(out)).cids).toEqual(some.map(String))
    const inverse = await filterCar(path, out, some, { inverse: true, version: 1 })
    expect(inverse).toMatchObject({ kept: 4, dropped: 2, version: 1 })
    expect(inverse.roots.map(String)).toEqual([String(blocks[0]?.cid)])
    expect((await contentOf(out)).layout.version).toBe(1)
  })

  it('compares whole CIDs', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const path = await writeCar('source.car', [{ cid, bytes }])
    const other = CID.createV1(0x71, cid.multihash)
    expect(await filterCar(path, temporary('out.car'), [other])).toMatchObject({ kept: 0, dropped: 1 })
  })

  it('adds to a CARv2 that is there, whose roots stay', async () => {
    const blocks = await numberedBlocks(4)
    const source = await writeCar('source.car', blocks.slice(1))
    const out = await writeCar('target.car', blocks.slice(0, 1), { version: 2 })
    const named = [blocks[2]?.cid as CID]
    expect(await filterCar(source, out, named, { append: true })).toMatchObject({ kept: 1, dropped: 2 })
    const { layout, cids } = await contentOf(out)
    expect(layout.roots).toEqual([String(blocks[0]?.cid)])
    expect(cids).toEqual([blocks[0], blocks[2]].map((block) => String(block?.cid)))
    expect(layout.indexOffset).not.toBeNull()
    await expect(filterCar(out, source, named, { append: true })).rejects.toMatchObject({ code: 'CAR_VERSION' })
  })
})
