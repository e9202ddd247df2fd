import { copyFile, open, readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../../base/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, rawBlock, type TestBlock } from '../../testing/blocks.ts'
import { fixture, foreignFixture } from '../../testing/fixtures.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { WorkerPool } from '../../workers/index.ts'
import { type CarFileOptions, CarFileWriter } from '../car-file-writer.ts'
import { computeDigest } from '../multihash.ts'
import { wrapCar } from '../ops/wrap-car.ts'
import { type VerifyOptions, verifyCar } from './verify-car.ts'

const temporary = temporaryFolder('verify')
const generated = (name: string) => fixture(`car/generated/${name}.car`)
const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}.car`)
const verify = (path: string, options?: VerifyOptions) => verifyCar(path, inlineTaskRunner, options)

async function block(code: number, bytes: Uint8Array): Promise<TestBlock> {
  return { cid: CID.createV1(code, createDigest(0x12, await computeDigest(0x12, bytes))), bytes }
}
const cborBlock = (value: unknown) => block(dagCbor.code, dagCbor.encode(value))
const pbBlock = (links: CID[]) =>
  block(dagPb.code, dagPb.encode(dagPb.prepare({ Links: links.map((Hash) => ({ Hash, Name: '', Tsize: 1 })) })))

async function writeCar(blocks: TestBlock[], roots: CID[], options: Partial<CarFileOptions> = {}): Promise<string> {
  const writer = await CarFileWriter.create(temporary('made.car'), { version: 2, roots, ...options })
  for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
  await writer.finish()
  return temporary('made.car')
}

/** Writes bytes into a file. */
async function patch(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, position)
  await file.close()
}

describe('verifyCar', () => {
  it.each([
    'rw-basic',
    'rw-v1',
    'rw-padding',
    'rw-dups',
    'rw-indexsorted',
    'rw-identity-stored',
    'wrap-v1',
    'rw-identity-dropped',
  ])('finds %s good', async (name) => {
    const verdict = await verify(generated(name))
    expect(verdict).toMatchObject({ ok: true, problems: [], repairs: [], missingRoots: [], dagComplete: true })
    expect(verdict.index).toBe(name === 'rw-v1' ? 'absent' : 'ok')
    expect(verdict.verdict).toMatch(/^This CAR is good: /)
  })

  it.each([
    'sample-v1',
    'sample-wrapped-v2',
    'sample-v2-indexless',
    'sample-rw-bs-v2',
    'sample-unixfs-v2',
    'sample-v1-noidentity',
  ])('finds %s of go-car good, without an index too', async (name) => {
    const path = testdata(name)
    if (path !== undefined) expect(await verify(path)).toMatchObject({ ok: true, dagComplete: true, missingBlocks: [] })
  })

  it('takes zero padding for that of a piece', async () => {
    const path = testdata('sample-v1-with-zero-len-section2')
    if (path !== undefined) expect(await verify(path)).toMatchObject({ ok: true, trailingZeroBytes: 11693 })
    const piece = temporary('piece.car')
    await writeFile(piece, Buffer.concat([await readFile(generated('rw-v1')), Buffer.alloc(5_000_000)]))
    expect(await verify(piece)).toMatchObject({ ok: true, trailingZeroBytes: 5_000_000 })
    await patch(piece, 153 + 4_999_000, Uint8Array.of(1))
    expect(await verify(piece)).toMatchObject({
      ok: false,
      trailingZeroBytes: 4_999_000,
      problems: [{ code: 'CAR_INVALID', offset: 153 + 4_999_000 }],
    })
    expect(await verify(piece, { zeroLengthSectionAsEnd: false })).toMatchObject({ ok: false })
  })

  it.each(['ref-sha2-256-0401-fully', 'ref-identity-0400'])(
    'knows %s for a linked import, whose leaves are elsewhere',
    async (name) => {
      const verdict = await verify(generated(name))
      expect(verdict).toMatchObject({ ok: true, blockCount: 3, index: 'ok', dagComplete: true, missingBlocks: [] })
      expect(verdict.verdict).toContain('2 leaves lie in other files')
    },
  )

  it('finds a damaged block, and where it is', async () => {
    const path = temporary('damaged.car')
    await copyFile(generated('rw-basic'), path)
    await patch(path, 51 + 106 + 37 + 3, Uint8Array.of(0xff))
    expect(await verify(path)).toMatchObject({
      ok: false,
      blockCount: 3,
      problems: [{ code: 'BLOCK_MISMATCH', offset: 51 + 106 }],
      repairs: [],
    })
    expect(await verify(generated('rw-mismatch'))).toMatchObject({ ok: false })
  })

  it('says which root is not there', async () => {
    const blocks = await numberedBlocks(2)
    const absent = await numberedBlock(9)
    const path = await writeCar(blocks, [blocks[0]?.cid as CID, absent.cid])
    expect(await verify(path)).toMatchObject({
      ok: false,
      missingRoots: [absent.cid.toString()],
      problems: [{ code: 'BLOCK_NOT_FOUND' }],
      dagComplete: false,
    })
    expect(await verify(await writeCar(blocks, []))).toMatchObject({ ok: false, dagComplete: null })
    expect(await verify(await writeCar(blocks, [identityBlock('inline').cid]))).toMatchObject({
      ok: true,
      missingRoots: [],
    })
  })

  it('tells a DAG that is not complete, and by which CID its blocks are missed', async () => {
    const leaves = await numberedBlocks(4)
    const middle = await cborBlock({ links: leaves.slice(0, 3).map(({ cid }) => cid), name: 'middle' })
    const inline = await cborBlock([leaves[3]?.cid])
    const root = await pbBlock([middle.cid, CID.createV1(dagCbor.code, createDigest(0, inline.bytes))])
    const whole = [root, middle, ...leaves]
    expect(await verify(await writeCar(whole, [root.cid]))).toMatchObject({ ok: true, dagComplete: true })
    const partial = await verify(await writeCar([root, middle, ...leaves.slice(1, 3)], [root.cid]))
    expect(partial).toMatchObject({ ok: true, dagComplete: false })
    expect(partial.missingBlocks.sort()).toEqual([leaves[0], leaves[3]].map((leaf) => String(leaf?.cid)).sort())
    expect(partial.verdict).toContain('2 blocks are linked to but not in it')
    const headless = await verify(await writeCar([root, ...leaves], [root.cid]))
    expect(headless.missingBlocks).toEqual([middle.cid.toString()])
  })

  it('does not mind what blocks outside the DAG of the roots link to', async () => {
    const leaves = await numberedBlocks(2)
    const root = await pbBlock([leaves[0]?.cid as CID])
    const stray = await pbBlock([leaves[1]?.cid as CID])
    const path = await writeCar([root, stray, leaves[0] as TestBlock], [root.cid])
    expect(await verify(path)).toMatchObject({ ok: true, dagComplete: true, missingBlocks: [] })
  })

  it('cannot tell of a DAG with blocks it cannot read', async () => {
    const odd = await block(0x78, Buffer.from('git object'))
    const path = await writeCar([odd], [odd.cid])
    const verdict = await verify(path)
    expect(verdict).toMatchObject({ ok: true, dagComplete: null })
    expect(verdict.verdict).toContain('cannot be said')
    const broken = await block(dagCbor.code, Buffer.from('ff', 'hex'))
    expect(await verify(await writeCar([broken], [broken.cid]))).toMatchObject({ ok: true, dagComplete: null })
  })

  it('compares the index with the blocks', async () => {
    const path = temporary('index.car')
    await copyFile(generated('rw-basic'), path)
    await patch(path, 401 - 8, Uint8Array.of(7)) // an offset
    expect(await verify(path)).toMatchObject({ ok: false, index: 'wrong', repairs: ['rebuild-index'] })
    await patch(path, 251, Uint8Array.of(0x82)) // the codec
    expect(await verify(path)).toMatchObject({ ok: false, index: 'unreadable', repairs: ['rebuild-index'] })
    const basic = foreignFixture('car/ipld-spec/carv2-basic.car')
    if (basic !== undefined)
      expect(await verify(basic)).toMatchObject({ ok: false, index: 'unreadable', blockCount: 5 })
  })

  it('finds an index that lacks a block, or names one too many', async () => {
    const blocks = await numberedBlocks(3)
    const path = await writeCar(blocks, [blocks[0]?.cid as CID])
    const whole = await readFile(path)
    const two = await readFile(await writeCar(blocks.slice(0, 2), [blocks[0]?.cid as CID]))
    const payloadEnd = Number(whole.readBigUInt64LE(43))
    await writeFile(path, Buffer.concat([whole.subarray(0, payloadEnd), two.subarray(Number(two.readBigUInt64LE(43)))]))
    const lacking = await verify(path)
    expect(lacking).toMatchObject({ ok: false, index: 'wrong' })
    expect(lacking.problems[0]?.message).toContain('1 cannot be found through it, and 0 of its entries are wrong')
  })

  it('takes equal digests in an index in any order, and one of them for all', async () => {
    const path = temporary('dups.car')
    const car = await readFile(generated('rw-dups'))
    const generatedIndex = await readFile(fixture('car/generated/rw-dups.generated.carindex'))
    await writeFile(path, Buffer.concat([car.subarray(0, 1990), generatedIndex]))
    expect(await verify(path)).toMatchObject({ ok: true, index: 'ok' })
  })

  it('wants identity CIDs in an index that says fully indexed', async () => {
    const blocks = [await numberedBlock(0), identityBlock('inside')]
    const path = await writeCar(blocks, [blocks[0]?.cid as CID])
    expect(await verify(path)).toMatchObject({ ok: true, index: 'ok' })
    await patch(path, 11, Uint8Array.of(0x80))
    expect(await verify(path)).toMatchObject({ ok: false, index: 'wrong' })
  })

  it('finds bytes that belong to nothing', async () => {
    const path = temporary('tail.car')
    await wrapCar(generated('rw-v1'), path, { codec: null })
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.from('junk')]))
    expect(await verify(path)).toMatchObject({ ok: false, problems: [{ offset: 204 }] })
    await writeFile(path, Buffer.concat([await readFile(generated('wrap-v1')), Buffer.alloc(100), Buffer.from('junk')]))
    expect(await verify(path)).toMatchObject({ ok: false, index: 'ok', problems: [{ offset: 414 }] })
    await writeFile(path, Buffer.concat([await readFile(generated('wrap-v1')), Buffer.alloc(100)])) // a piece
    expect(await verify(path)).toMatchObject({ ok: true, index: 'ok', trailingZeroBytes: 100 })
  })

  it.each([
    ['rw-unfinalized', 3, ['finalize']],
    ['rw-unfinalized-empty', 0, ['finalize']],
    ['torn-input-minus1', 2, ['truncate', 'finalize']],
    ['torn-input-minus5', 2, ['truncate', 'finalize']],
    ['torn-input-minus20', 2, ['truncate', 'finalize']],
    ['torn-input-minus45', 2, ['truncate', 'finalize']],
    ['torn-input-minus47', 2, ['finalize']],
    ['crash-index-no-header', 3, ['truncate', 'finalize']],
  ])('says what can be done about %s', async (name, blockCount, repairs) => {
    const verdict = await verify(generated(name))
    expect(verdict).toMatchObject({ ok: false, blockCount, repairs, version: 2 })
    expect(verdict.problems[0]?.code).toBe('CAR_UNFINALIZED')
  })

  it('reports a cut file with all that can still be read', async () => {
    const car = await readFile(generated('rw-v1'))
    const path = temporary('cut.car')
    await writeFile(path, car.subarray(0, 140))
    expect(await verify(path)).toMatchObject({
      ok: false,
      blockCount: 1,
      problems: [{ code: 'CAR_TRUNCATED', offset: 106 }],
      repairs: ['truncate'],
    })
    await writeFile(path, (await readFile(generated('rw-basic'))).subarray(0, 240))
    expect(await verify(path)).toMatchObject({ ok: false, blockCount: 2, repairs: ['truncate', 'finalize'] })
  })

  it('says that a file is no CAR, and throws only when it cannot be read at all', async () => {
    await writeFile(temporary('text'), 'this is not a CAR, whatever its name is')
    expect(await verify(temporary('text'))).toMatchObject({ ok: false, version: null, repairs: [] })
    await writeFile(temporary('empty'), '')
    expect(await verify(temporary('empty'))).toMatchObject({ ok: false, version: null })
    await expect(verify(temporary('absent'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('lists some of very many problems and counts all', async () => {
    const { cid } = await numberedBlock(0)
    const bad = Array.from({ length: 2500 }, (_, i) => ({ cid, bytes: Buffer.from(`bad ${i}`) }))
    const verdict = await verify(await writeCar(bad, [cid], { version: 1 }))
    expect(verdict.problems).toHaveLength(1000)
    expect(verdict.verdict).toContain('2,500 problems')
  })

  it('spreads the work over threads, tells its progress and can be cancelled', async () => {
    const pool = new WorkerPool({ workerUrl: pathToFileURL(fixture('../../workers/engine.worker.ts')), size: 2 })
    const leaves = await Promise.all(
      Array.from({ length: 120 }, (_, i) => rawBlock(new Uint8Array(300_000).fill(i), i % 2 === 0 ? 0x12 : 0xb220)),
    )
    const root = await pbBlock(leaves.map(({ cid }) => cid))
    const path = await writeCar([...leaves, root], [root.cid])
    const reports: number[] = []
    const verdict = await verifyCar(path, pool, { onProgress: ({ doneBytes }) => reports.push(doneBytes) })
    expect(verdict).toMatchObject({ ok: true, blockCount: 121, dagComplete: true, index: 'ok' })
    expect(reports.at(-1)).toBe(verdict.payloadBytes - 59)
    expect(reports).toEqual([...reports].sort((a, b) => a - b))
    await patch(path, 51 + 59 + 30_000_000, Uint8Array.of(1, 2, 3))
    expect(await verifyCar(path, pool)).toMatchObject({ ok: false, problems: [{ code: 'BLOCK_MISMATCH' }] })
    const aborting = new AbortController()
    const cancelled = verifyCar(path, pool, { signal: aborting.signal, onProgress: () => aborting.abort() })
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
    await pool.close()
  })

  it('keeps to its memory, with the same verdict', async () => {
    const leaves = await numberedBlocks(3000)
    const root = await cborBlock(leaves.map(({ cid }) => cid))
    const path = await writeCar([root, ...leaves.slice(1)], [root.cid])
    for (const memoryBytes of [100_000, undefined])
      expect(await verify(path, { memoryBytes })).toMatchObject({
        ok: true,
        index: 'ok',
        dagComplete: false,
        missingBlocks: [leaves[0]?.cid.toString()],
      })
  })
})
