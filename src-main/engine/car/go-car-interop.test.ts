/** Carport and the reference implementation read what the other writes, and write the same bytes. Needs Go. */
import { copyFile, readFile } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileReader, inlineTaskRunner } from '../base/index.ts'
import type { TestBlock } from '../testing/blocks.ts'
import { fillStream } from '../testing/content.ts'
import { buildGoCarOracle, type GoCarAnswer, GoCarOracle, type GoCarRequest } from '../testing/go-car-oracle.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { type CarFileOptions, CarFileWriter } from './car-file-writer.ts'
import { INDEX_SORTED, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { readCarLayout } from './car-layout.ts'
import { scanCar } from './car-scan.ts'
import { generateIndexFile } from './generate-index.ts'
import { BLAKE2B_256_CODE, computeDigest, IDENTITY_CODE, SHA2_256_CODE } from './multihash.ts'
import { openCarIndex } from './open-car-index.ts'
import { extractCar } from './ops/extract-car.ts'
import { repairCar } from './ops/repair-car.ts'
import { replaceRoots } from './ops/replace-roots.ts'
import { wrapCar } from './ops/wrap-car.ts'
import { cidOf, sectionEndOf } from './section-batch.ts'
import { Random } from './testing/fuzz-target.ts'
import { verifyCar } from './verify/verify-car.ts'

const program = await buildGoCarOracle()
const temporary = temporaryFolder('interop')

/** Every hash function of the engine that go-multihash knows, the usual ones more often. */
const HASHES = [
  ...[SHA2_256_CODE, SHA2_256_CODE, SHA2_256_CODE, SHA2_256_CODE, BLAKE2B_256_CODE, BLAKE2B_256_CODE],
  ...[0x11, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1b, 0x1d, 0x1e, 0x20, 0x56, 0xb201 + 27, 0xb240, 0xb260],
  ...[IDENTITY_CODE, IDENTITY_CODE],
]
/** raw, dag-pb, dag-cbor, dag-json, and some that nobody here decodes: the codec does not matter to a CAR. */
const CODECS = [0x55, 0x55, 0x70, 0x71, 0x0129, 0x78, 0x85, 0x0200, 0x300000]
/** From nothing to the largest block of the usual limit, the small ones more often. */
const SIZES = [0, 1, 1, 80, 127, 127, 200, 200, 5000, 5000, 100_000, 100_000, 1_000_000]
const ROUNDS = 60
const LARGEST_BLOCK = 8 * 1024 * 1024

/** Blocks of all sizes, hashes and codecs; a few twice. */
async function randomBlocks(random: Random): Promise<TestBlock[]> {
  const blocks: TestBlock[] = []
  for (let count = random.below(40); count > 0; count--) {
    if (blocks.length > 0 && random.below(8) === 0) {
      blocks.push(random.pick(blocks))
      continue
    }
    const code = random.pick(HASHES)
    blocks.push(await randomBlock(random, code, random.pick(SIZES) + random.below(60)))
  }
  return blocks
}

async function randomBlock(random: Random, code: number, length: number): Promise<TestBlock> {
  const bytes = new Uint8Array(code === IDENTITY_CODE ? Math.min(length, 90) : length)
  fillStream(bytes, 1 + random.below(2 ** 31 - 1))
  const multihash = createDigest(code, code === IDENTITY_CODE ? bytes : await computeDigest(code, bytes))
  const isV0 = code === SHA2_256_CODE && random.below(5) === 0
  return { cid: isV0 ? CID.create(0, 0x70, multihash) : CID.createV1(random.pick(CODECS), multihash), bytes }
}

async function write(path: string, blocks: readonly TestBlock[], options: CarFileOptions): Promise<void> {
  const writer = await CarFileWriter.create(path, options)
  try {
    for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
    await writer.finish()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** What go-car's answer to `read` should be, from our own readers. */
async function readHere(path: string): Promise<GoCarAnswer> {
  const reader = FileReader.open(path)
  const layout = await readCarLayout(reader)
  const sections: GoCarAnswer['sections'] = []
  for await (const batch of scanCar(reader, layout)) {
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.sectionOffset[i] as number
      sections.push({ cid: String(cidOf(batch, i)), offset, size: batch.dataLength[i] as number })
      expect(sectionEndOf(batch, i)).toBeGreaterThan(offset)
    }
  }
  const records: GoCarAnswer['records'] = []
  if (layout.indexOffset !== null) {
    const index = await openCarIndex(reader, { offset: layout.indexOffset, length: reader.size - layout.indexOffset })
    if (index.codec === MULTIHASH_INDEX_SORTED)
      for await (const { multihash, offset } of index.entries())
        records.push({ multihash: Buffer.from(multihash).toString('hex'), offset })
  }
  await reader.close()
  return { version: layout.version, roots: layout.roots.map(String), sections, records }
}

describe.skipIf(program === null)('beside go-car at work', () => {
  let oracle: GoCarOracle
  beforeAll(() => {
    oracle = new GoCarOracle(program as string)
  })
  afterAll(() => {
    oracle.close()
  })

  const ask = async (request: GoCarRequest): Promise<GoCarAnswer> => {
    const answer = await oracle.ask(request)
    expect(answer.error, request.op).toBeUndefined()
    return answer
  }

  it('writes the same bytes, and reads each other', { timeout: 120_000 }, async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const random = new Random(round * 7919)
      const blocks = await randomBlocks(random)
      const includeIdentity = random.below(2) === 0
      const version = random.below(4) === 0 ? 1 : 2
      const codec = random.below(3) === 0 ? INDEX_SORTED : MULTIHASH_INDEX_SORTED
      const [dataPadding, indexPadding] = [random.pick([0, 0, 7, 1413]), random.pick([0, 0, 3, 1314])]
      const roots = blocks.slice(0, random.below(3)).map(({ cid }) => cid)
      // Without the option go-car drops identity blocks when they are put.
      const stored = blocks.filter(({ cid }) => includeIdentity || cid.multihash.code !== IDENTITY_CODE)
      const [ours, theirs] = [temporary('ours.car'), temporary(`theirs-${round}.car`)]
      await write(ours, stored, { version, roots, codec, dataPadding, indexPadding, includeIdentity })
      await ask({
        op: 'write',
        path: theirs,
        roots: roots.map(String),
        blocks: blocks.map(({ cid, bytes }) => ({ cid: String(cid), data: Buffer.from(bytes).toString('base64') })),
        storeIdentity: includeIdentity,
        allowDuplicates: true,
        wholeCids: true,
        carV1: version === 1,
        codec,
        dataPadding,
        indexPadding,
      })
      expect(Buffer.compare(await readFile(ours), await readFile(theirs)), `round ${round}`).toBe(0)
      const read = await ask({ op: 'read', path: ours, wholeCids: true })
      const here = await readHere(theirs)
      expect(read).toMatchObject({ version: here.version })
      expect(read.sections ?? []).toEqual(here.sections)
      expect(read.roots ?? []).toEqual(here.roots)
      expect(read.records ?? []).toEqual(here.records)
      expect(read.found ?? 0).toBe(stored.length)
      if (roots.length > 0) expect((await verifyCar(theirs, inlineTaskRunner)).problems).toEqual([])
    }
  })

  it('takes blocks of 8 MiB alike: up to the limit as they are, beyond it where that is allowed', async () => {
    const random = new Random(8)
    const blocks = [
      await randomBlock(random, SHA2_256_CODE, LARGEST_BLOCK - 36),
      await randomBlock(random, 0x1e, LARGEST_BLOCK),
      await randomBlock(random, BLAKE2B_256_CODE, 1),
    ]
    const roots = blocks.slice(0, 1).map(({ cid }) => cid)
    for (const [stored, maxSectionBytes] of [
      [[blocks[0], blocks[2]], undefined],
      [blocks, LARGEST_BLOCK + 40],
    ] as Array<[TestBlock[], number | undefined]>) {
      const [ours, theirs] = [temporary('large.car'), temporary(`large-${stored.length}.car`)]
      await write(ours, stored, { version: 2, roots, ...(maxSectionBytes === undefined ? {} : { maxSectionBytes }) })
      await ask({
        op: 'write',
        path: theirs,
        roots: roots.map(String),
        blocks: stored.map(({ cid, bytes }) => ({ cid: String(cid), data: Buffer.from(bytes).toString('base64') })),
        wholeCids: true,
        ...(maxSectionBytes === undefined ? {} : { maxSectionBytes }),
      })
      expect(Buffer.compare(await readFile(ours), await readFile(theirs))).toBe(0)
      const limits = maxSectionBytes === undefined ? {} : { maxSectionBytes }
      expect((await ask({ op: 'read', path: ours, wholeCids: true, ...limits })).found).toBe(stored.length)
      expect((await verifyCar(theirs, inlineTaskRunner, limits)).problems).toEqual([])
    }
    expect((await oracle.ask({ op: 'read', path: temporary('large.car') })).error).toContain('beyond allowable maximum')
    await expect(write(temporary('no.car'), blocks, { version: 2, roots })).rejects.toMatchObject({ code: 'CAR_LIMIT' })
  })

  it('wraps, extracts, indexes and replaces roots to the same bytes', async () => {
    for (let round = 1; round <= 20; round++) {
      const random = new Random(round * 104_729)
      const all = await randomBlocks(random)
      // go-car orders equal digests as it happens, so each multihash comes once.
      const blocks = [
        ...new Map(all.map((block) => [Buffer.from(block.cid.multihash.bytes).toString('hex'), block])).values(),
      ]
      const car = temporary('plain.car')
      await write(car, blocks, { version: 1, roots: blocks.slice(0, 1).map(({ cid }) => cid) })
      const same = async (a: string, b: string) => expect(Buffer.compare(await readFile(a), await readFile(b))).toBe(0)
      await wrapCar(car, temporary('ours'))
      await ask({ op: 'wrap', path: car, out: temporary('theirs') })
      await same(temporary('ours'), temporary('theirs'))
      await extractCar(temporary('theirs'), temporary('payload'))
      await same(temporary('payload'), car)
      for (const [codec, includeIdentity] of [
        [INDEX_SORTED, true],
        [MULTIHASH_INDEX_SORTED, false],
        [MULTIHASH_INDEX_SORTED, true],
      ] as const) {
        await generateIndexFile(car, temporary('ours.index'), { codec, includeIdentity })
        await ask({
          op: 'generate-index',
          path: car,
          out: temporary('theirs.index'),
          codec,
          storeIdentity: includeIdentity,
        })
        await same(temporary('ours.index'), temporary('theirs.index'))
      }
      const root = blocks[0]
      if (root === undefined) continue
      const { version, code, multihash } = root.cid
      const other = CID.create(version, code, createDigest(multihash.code, multihash.digest.slice().reverse()))
      await replaceRoots(temporary('ours'), [other])
      await ask({ op: 'replace-roots', path: temporary('theirs'), roots: [String(other)] })
      await same(temporary('ours'), temporary('theirs'))
    }
  })

  it('finalizes what go-car left unfinished, and go-car goes on with what is repaired', async () => {
    const random = new Random(4242)
    const blocks = (await randomBlocks(random)).filter(({ cid }) => cid.multihash.code !== IDENTITY_CODE)
    const request = {
      op: 'write',
      roots: blocks.slice(0, 1).map(({ cid }) => String(cid)),
      blocks: blocks.map(({ cid, bytes }) => ({ cid: String(cid), data: Buffer.from(bytes).toString('base64') })),
    } as const
    await ask({ ...request, path: temporary('whole.car') })
    await ask({ ...request, path: temporary('left.car'), discard: true })
    await repairCar(temporary('left.car'), temporary('repaired.car'))
    const whole = await readFile(temporary('whole.car'))
    expect(Buffer.compare(await readFile(temporary('repaired.car')), whole)).toBe(0)
    await copyFile(temporary('repaired.car'), temporary('resumed.car'))
    await ask({ ...request, path: temporary('resumed.car') }) // all blocks are there already
    expect(Buffer.compare(await readFile(temporary('resumed.car')), whole)).toBe(0)
  })
})
