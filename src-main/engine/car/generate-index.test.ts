import { readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FileReader, inlineTaskRunner } from '../base/index.ts'
import { identityBlock, numberedBlocks, rawBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { WorkerPool } from '../workers/index.ts'
import { INDEX_SORTED } from './car-index.ts'
import { readCarLayout } from './car-layout.ts'
import { encodeCar } from './encode-car.ts'
import { carIndexTask, generateIndexFile } from './generate-index.ts'
import { openCarIndex } from './open-car-index.ts'

const temporary = temporaryFolder('generate')
const generated = (name: string) => fixture(`car/generated/${name}`)
const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}`)

async function embeddedIndex(path: string): Promise<Buffer> {
  const reader = FileReader.open(path)
  const { indexOffset } = await readCarLayout(reader).finally(() => reader.close())
  return (await readFile(path)).subarray(Number(indexOffset))
}

async function generate(path: string, options = {}): Promise<Buffer> {
  await generateIndexFile(path, temporary('made.index'), options)
  return readFile(temporary('made.index'))
}

/** Records as a set, since GenerateIndex of go-car orders equal digests as it happens. */
async function recordsOf(bytes: Buffer, name: string): Promise<string[]> {
  await writeFile(temporary(name), bytes)
  const reader = FileReader.open(temporary(name))
  const records: string[] = []
  for await (const { multihash, offset } of (await openCarIndex(reader)).entries())
    records.push(`${Buffer.from(multihash).toString('hex')} ${offset}`)
  await reader.close()
  return records.sort()
}

describe('generateIndexFile', () => {
  it.each([
    'rw-basic',
    'rw-padding',
    'rw-dups',
    'rw-emptyblock',
    'rw-emptyroots',
    'rw-nilroots',
    'wrap-v1',
    'rw-identity-dropped',
  ])('makes from %s.car the index that go-car put into it', async (name) => {
    const path = generated(`${name}.car`)
    for (const sync of [true, false])
      expect(Buffer.compare(await generate(path, { sync }), await embeddedIndex(path))).toBe(0)
  })

  it('indexes identity CIDs when asked, and in either codec', async () => {
    const stored = generated('rw-identity-stored.car')
    const embedded = await embeddedIndex(stored)
    expect(Buffer.compare(await generate(stored, { includeIdentity: true }), embedded)).toBe(0)
    expect((await generate(stored)).length).toBeLessThan(embedded.length)
    const sorted = generated('rw-indexsorted.car')
    expect(Buffer.compare(await generate(sorted, { codec: INDEX_SORTED }), await embeddedIndex(sorted))).toBe(0)
    const reference = generated('ref-identity-0400.car')
    const options = { codec: INDEX_SORTED, includeIdentity: true }
    expect(Buffer.compare(await generate(reference, options), await embeddedIndex(reference))).toBe(0)
  })

  it('holds the records of an index that go-car generated, whatever their order', async () => {
    const ours = await recordsOf(await generate(generated('rw-dups.car')), 'ours')
    const theirs = await recordsOf(await readFile(generated('rw-dups.generated.carindex')), 'theirs')
    expect(ours).toEqual(theirs)
  })

  it('indexes a CARv2 without blocks, which go-car cannot', async () => {
    expect((await generate(generated('rw-emptyroots.car'))).toString('hex')).toBe('810800000000')
  })

  it('counts the real header, not one encoded again', async () => {
    const index = await generate(generated('v1-noroots-key.car'))
    expect(index.readBigUInt64LE(index.length - 8)).toBe(11n)
  })

  it.skipIf(testdata('sample-v1.car') === undefined)('agrees with the samples of go-car', async () => {
    for (const name of ['sample-wrapped-v2.car', 'sample-rw-bs-v2.car', 'sample-unixfs-v2.car'])
      expect(Buffer.compare(await generate(String(testdata(name))), await embeddedIndex(String(testdata(name))))).toBe(
        0,
      )
    const v1 = String(testdata('sample-v1.car'))
    const multihash = await readFile(String(testdata('sample-multihash-index-sorted.carindex')))
    expect(Buffer.compare(await generate(v1), multihash)).toBe(0)
    const sorted = await readFile(String(testdata('sample-index.carindex')))
    expect(Buffer.compare(await generate(v1, { codec: INDEX_SORTED, includeIdentity: true }), sorted)).toBe(0)
    for (const name of ['sample-v1-with-zero-len-section.car', 'sample-v1-with-zero-len-section2.car']) {
      const path = String(testdata(name))
      await expect(generate(path)).rejects.toMatchObject({
        details: { goCar: 'carv1 null padding not allowed by default; see ZeroLengthSectionAsEOF' },
      })
      await expect(generate(path, { zeroLengthSectionAsEnd: true })).resolves.toBeInstanceOf(Buffer)
    }
    await expect(generate(String(testdata('sample-rootless-v42.car')))).rejects.toMatchObject({ code: 'CAR_VERSION' })
  })

  it('does not index a block that is cut, as go-car does', async () => {
    const car = await readFile(generated('rw-v1.car'))
    await writeFile(temporary('cut.car'), car.subarray(0, car.length - 1))
    await expect(generate(temporary('cut.car'))).rejects.toMatchObject({
      code: 'CAR_TRUNCATED',
      details: { offset: 106 },
    })
    await expect(readFile(temporary('made.index'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses CIDs that no index takes, identity CIDs only when they are indexed', async () => {
    const parts: Uint8Array[] = []
    for await (const part of encodeCar([], [identityBlock('x'.repeat(2048)), ...(await numberedBlocks(1))]))
      parts.push(part.slice())
    await writeFile(temporary('long.car'), Buffer.concat(parts))
    await expect(generate(temporary('long.car'))).resolves.toHaveLength(70)
    await expect(generate(temporary('long.car'), { includeIdentity: true })).rejects.toMatchObject({
      code: 'CAR_LIMIT',
      details: { goCar: 'cid size is larger than max allowed (2053 > 2048)' },
    })
    await expect(generate(temporary('long.car'), { includeIdentity: true, maxCidBytes: 2053 })).resolves.toBeDefined()
  })

  it('runs in a worker thread, tells its progress, and can be cancelled there', async () => {
    const blocks = await Promise.all(Array.from({ length: 300 }, (_, i) => rawBlock(Buffer.alloc(20_000, i))))
    const parts: Uint8Array[] = []
    for await (const part of encodeCar([], blocks)) parts.push(part.slice())
    const [carPath, outPath] = [temporary('worker.car'), temporary('worker.index')]
    await writeFile(carPath, Buffer.concat(parts))
    const workerUrl = pathToFileURL(fixture('../../workers/engine.worker.ts'))
    const pool = new WorkerPool({ workerUrl, size: 1 })
    let progress = 0
    const options = { onProgress: (done: number) => (progress = done) }
    const result = await pool.run(carIndexTask, { carPath, outPath }, options)
    expect(result).toMatchObject({ recordCount: 300, blockCount: 300, bytes: 30 + 300 * 40 })
    expect(progress).toBeGreaterThan(0)
    const inline = await inlineTaskRunner.run(carIndexTask, { carPath, outPath: temporary('inline.index') })
    expect(inline).toEqual(result)
    expect(Buffer.compare(await readFile(outPath), await readFile(temporary('inline.index')))).toBe(0)
    const aborted = pool.run(carIndexTask, { carPath, outPath }, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    await pool.close()
  })
})
