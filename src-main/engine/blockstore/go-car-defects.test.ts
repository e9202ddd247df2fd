/**
 * What goes wrong with go-car, one test each, and does not here. The first part of a name says what go-car does; most were
 * seen by running it.
 */
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { EngineError, FileReader, inlineTaskRunner, MemoryReader } from '../base/index.ts'
import {
  attachIndex,
  CARV2_PRAGMA,
  encodeCarHeader,
  generateIndexFile,
  inspectCar,
  openCarIndex,
  readCarLayout,
  readCarStream,
  replaceRoots,
  scanCar,
  sectionHead,
  verifyCar,
  wrapCar,
} from '../car/index.ts'
import { createCar, putBlock } from '../car-tools/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { contentAfter, RecordedFile } from '../testing/recorded-file.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openCarBlockstore, openReadOnlyBlockstore, ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

const at = temporaryFolder('defects')
const generated = (name: string) => fixture(`car/generated/${name}.car`)
const rootOf = async () => [(await numberedBlock(0)).cid]

async function resume(options: Partial<ReadWriteOptions> = {}): Promise<ReadWriteBlockstore> {
  return ReadWriteBlockstore.open(at('a.car'), { roots: await rootOf(), ...options })
}

/** Puts all three blocks and finalizes; the file is then the one of a session without accident. */
async function expectWhole(store: ReadWriteBlockstore): Promise<void> {
  for (const { cid, bytes } of await numberedBlocks(3)) {
    await store.put(cid, bytes)
    expect(await store.get(cid)).toEqual(bytes)
  }
  await store.finalize()
  expect(Buffer.compare(await readFile(at('a.car')), await readFile(generated('rw-basic')))).toBe(0)
}

async function streamed(bytes: Uint8Array): Promise<number> {
  async function* once() {
    yield bytes
  }
  let count = 0
  for await (const _ of (await readCarStream(once())).sections) count++
  return count
}

async function carV1(...sections: Uint8Array[]): Promise<Buffer> {
  return Buffer.concat([encodeCarHeader(await rootOf()), ...sections])
}

const section = ({ cid, bytes }: TestBlock) => Buffer.concat([sectionHead(cid, bytes.length), bytes])
const code = (value: string) => expect.objectContaining({ code: value })

describe('go-car resumes', () => {
  it.each(['minus1', 'minus5', 'minus20'])(
    'a section cut in its data, and gives zeros for what is missing (%s): here the section is cut off',
    async (name) => {
      await copyFile(generated(`torn-input-${name}`), at('a.car'))
      const store = await resume()
      expect(store.recovery).toMatchObject({ blockCount: 2, cutReason: 'torn-section' })
      await expectWhole(store)
    },
  )

  it.each(['minus45', 'minus47'])(
    'not at all where the cut is in a CID or its length (%s): here it goes on',
    async (name) => {
      await copyFile(generated(`torn-input-${name}`), at('a.car'))
      await expectWhole(await resume())
    },
  )

  it('an index without a header as if it were blocks, and hides what comes after: here it is cut off', async () => {
    await copyFile(generated('crash-index-no-header'), at('a.car'))
    const store = await resume()
    expect(store.recovery.cutReason).toBe('unfinished-index')
    await expectWhole(store)
  })

  it('a header of which half was written the same way: here that is recognised', async () => {
    const half = await readFile(generated('rw-basic'))
    half.fill(0, 35, 51)
    await writeFile(at('a.car'), half)
    await expectWhole(await resume())
  })

  it('a finalized file cut in its payload, and fills it with zeros: here it is refused untouched, and can be repaired', async () => {
    await copyFile(generated('rw-basic'), at('a.car'))
    await truncate(at('a.car'), 240)
    const before = await readFile(at('a.car'))
    await expect(resume()).rejects.toThrow(code('CAR_TRUNCATED'))
    expect(await readFile(at('a.car'))).toEqual(before)
    await expectWhole(await resume({ repair: true }))
  })

  it('an unfinalized file with other padding with a message about garbage: here with both numbers', async () => {
    await copyFile(generated('rw-unfinalized'), at('a.car'))
    await expect(resume({ dataPadding: 100 })).rejects.toThrow(/100/)
    await expectWhole(await resume())
  })

  it('roots [a, b] over a file of [a, a]: here they are compared as multisets', async () => {
    const [a, b] = (await numberedBlocks(2)).map(({ cid }) => cid) as [CID, CID]
    await (await ReadWriteBlockstore.open(at('a.car'), { roots: [a, a] })).finalize()
    const before = await readFile(at('a.car'))
    await expect(ReadWriteBlockstore.open(at('a.car'), { roots: [a, b] })).rejects.toThrow(EngineError)
    expect(await readFile(at('a.car'))).toEqual(before)
    await (await ReadWriteBlockstore.open(at('a.car'), { roots: [a, a] })).discard()
  })

  it('from a header it encodes again, in the middle of a section: here from the bytes that are there', async () => {
    await copyFile(generated('v1-noroots-key'), at('a.car'))
    const store = await ReadWriteBlockstore.open(at('a.car'), { roots: [], carV1: true })
    for await (const cid of store.cids()) await store.get(cid)
    expect(store.blockCount).toBe(1)
    await store.discard()
  })

  it('a path that another process writes to: here there is one writer', async () => {
    const store = await resume()
    await expect(resume()).rejects.toThrow(code('LOCKED'))
    await store.discard()
  })
})

describe('go-car stores', () => {
  it('bytes that are not those of the CID: here they are refused', async () => {
    const [one, two] = (await numberedBlocks(2)) as [TestBlock, TestBlock]
    const store = await resume()
    await expect(store.put(one.cid, two.bytes)).rejects.toThrow(code('BLOCK_MISMATCH'))
    await store.discard()
  })

  it('a block larger than it reads: here it is refused when it is put', async () => {
    const { cid, bytes } = await rawBlock(new Uint8Array(9 * 1024 * 1024))
    const store = await resume()
    await expect(store.put(cid, bytes)).rejects.toThrow(code('CAR_LIMIT'))
    await store.discard()
  })

  it('only the first of two hash functions with one digest, without a word: here both', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const other = CID.createV1(0x55, createDigest(0x1012, cid.multihash.digest))
    const store = await resume()
    await store.put(cid, bytes)
    await store.put(other, bytes, { verify: false })
    expect([await store.has(cid), await store.has(other), store.blockCount]).toEqual([true, true, 2])
    await store.discard()
  })

  it('without ever telling the disk: here what was synced is on it before the promise, the payload before the index before the header', async () => {
    const file = new RecordedFile('a.car')
    const store = await resume({ openFile: file.opener })
    const { cid, bytes } = await numberedBlock(0)
    await store.put(cid, bytes)
    await store.finalize()
    const header = file.changes.findLastIndex((change) => change.kind === 'write' && change.position === 11)
    const syncs = file.changes.flatMap(({ kind }, i) => (kind === 'sync' ? [i] : []))
    expect(syncs.filter((i) => i < header).length).toBeGreaterThanOrEqual(2)
    expect(syncs.at(-1)).toBeGreaterThan(header)
    expect(contentAfter(Buffer.alloc(0), file.changes)).toEqual(file.content)
  })

  it('roots null where there are none, which others cannot read: here an empty list, and null is read', async () => {
    await (await ReadWriteBlockstore.open(at('a.car'), { roots: [] })).finalize()
    expect((await readFile(at('a.car'))).subarray(51, 69).toString('hex')).toContain('65726f6f747380')
    const reader = FileReader.open(generated('rw-nilroots'))
    expect((await readCarLayout(reader)).roots).toEqual([])
    await reader.close()
  })
})

describe('go-car reads', () => {
  it('bytes that do not hash to their CID: here they are refused unless that is wanted', async () => {
    const store = await openCarBlockstore(generated('rw-mismatch'))
    for await (const cid of store.cids()) {
      await expect(store.get(cid)).rejects.toThrow(code('BLOCK_MISMATCH'))
      expect((await store.get(cid, { verify: false })).length).toBeGreaterThan(0)
    }
    await store.close()
  })

  it('past a section that is shorter than its CID: here no reader does', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const short = Buffer.concat([Uint8Array.of(20), cid.bytes, bytes])
    const car = await carV1(short)
    const reader = new MemoryReader(car)
    await expect(inspectCar(reader)).rejects.toThrow(code('CAR_INVALID'))
    await expect(streamed(car)).rejects.toThrow(code('CAR_INVALID'))
    await writeFile(at('a.car'), car)
    await expect(generateIndexFile(at('a.car'), at('a.index'))).rejects.toThrow(code('CAR_INVALID'))
    await expect(resume({ carV1: true })).rejects.toThrow(EngineError)
  })

  it('past the end of a cut last section when it inspects and indexes: here it is told', async () => {
    const car = (await carV1(section(await numberedBlock(0)))).subarray(0, -3)
    await expect(inspectCar(new MemoryReader(car))).rejects.toThrow(code('CAR_TRUNCATED'))
    await writeFile(at('a.car'), car)
    await expect(generateIndexFile(at('a.car'), at('a.index'))).rejects.toThrow(code('CAR_TRUNCATED'))
  })

  it.each([
    ['a payload beyond the end of the file', 35, 1_000_000n],
    ['an index inside the payload', 43, 60n],
    ['an index beyond the end of the file', 43, 1_000_000n],
  ])('%s: here the container is refused', async (_, field, value) => {
    const bytes = await readFile(generated('rw-basic'))
    bytes.writeBigUInt64LE(value, field)
    await expect(readCarLayout(new MemoryReader(bytes))).rejects.toThrow(EngineError)
  })

  it('as a CARv2 whatever starts with a header of version 2: here only the pragma', async () => {
    const header = Buffer.from('11a265726f6f7473806776657273696f6e02', 'hex')
    const bytes = Buffer.concat([header, (await readFile(generated('rw-basic'))).subarray(CARV2_PRAGMA.length)])
    await expect(readCarLayout(new MemoryReader(bytes))).rejects.toThrow(EngineError)
  })

  it('no CAR whose index it does not know, or that is broken: here the blocks are found without it', async () => {
    const bytes = await readFile(generated('rw-basic'))
    const indexOffset = Number(bytes.readBigUInt64LE(43))
    const warnings: unknown[] = []
    for (const damage of ['0100', '8108ffffffff', '8108010000001200000000000000010000000100']) {
      const broken = Buffer.concat([bytes.subarray(0, indexOffset), Buffer.from(damage, 'hex')])
      const store = await openReadOnlyBlockstore(new MemoryReader(broken), { onWarning: (w) => warnings.push(w) })
      for (const { cid, bytes: data } of await numberedBlocks(3)) expect(await store.get(cid)).toEqual(data)
      await store.close()
    }
    expect(warnings).toHaveLength(3)
  })

  const preRelease = foreignFixture('car/ipld-spec/carv2-basic.car')
  it.skipIf(preRelease === undefined)(
    'not the CARv2 of the specification, whose index is of a layout before its release: here it does',
    async () => {
      const store = await openCarBlockstore(String(preRelease))
      let count = 0
      for await (const cid of store.cids()) {
        await store.get(cid)
        count++
      }
      expect(count).toBe(5)
      await store.close()
    },
  )

  it('as much memory as an index says it is long: here no more than there is', async () => {
    const huge = Buffer.from('81080100000012000000000000000100000028000000', 'hex')
    const claim = Buffer.concat([huge, Buffer.from('f8ffffffffffff0f', 'hex'), new Uint8Array(40)])
    const before = process.memoryUsage().arrayBuffers
    await expect(openCarIndex(new MemoryReader(claim))).rejects.toThrow(code('INDEX_INVALID'))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  })

  it('CIDs while they are put, with a race: here a list is a snapshot', async () => {
    const store = await resume()
    for (const { cid, bytes } of await numberedBlocks(3)) await store.put(cid, bytes)
    const listed: string[] = []
    for await (const cid of store.cids()) {
      listed.push(cid.toString())
      const more = await rawBlock(`more ${listed.length}`)
      await store.put(more.cid, more.bytes)
    }
    expect(listed).toHaveLength(3)
    await store.discard()
  })
})

describe('go-car works on whole files', () => {
  it('wrapping without the padding it was asked for: here with it', async () => {
    await wrapCar(generated('rw-v1'), at('a.car'), { dataPadding: 7, indexPadding: 5 })
    const bytes = await readFile(at('a.car'))
    expect(Number(bytes.readBigUInt64LE(27))).toBe(58)
    expect((await verifyCar(at('a.car'), inlineTaskRunner)).ok).toBe(true)
  })

  it('wrapping a CARv2 into a CARv2: here its payload is wrapped', async () => {
    await wrapCar(generated('rw-padding'), at('a.car'))
    const reader = FileReader.open(at('a.car'))
    const layout = await readCarLayout(reader)
    expect(layout.version).toBe(2)
    let count = 0
    for await (const batch of scanCar(reader, layout)) count += batch.count
    expect(count).toBe(2)
    await reader.close()
  })

  it('wrapping identity blocks into the index without saying so in the header: here it says so', async () => {
    const { cid, bytes } = identityBlock('inline')
    await writeFile(at('v1.car'), await carV1(section(await numberedBlock(0)), section({ cid, bytes })))
    await wrapCar(at('v1.car'), at('a.car'), { includeIdentity: true })
    expect((await readFile(at('a.car')))[11]).toBe(0x80)
  })

  it('never attaching an index: here it does, header and all', async () => {
    await wrapCar(generated('rw-v1'), at('a.car'), { codec: null })
    await attachIndex(at('a.car'))
    expect(Buffer.compare(await readFile(at('a.car')), await readFile(generated('wrap-v1')))).toBe(0)
  })

  it('not indexing a CARv2 without blocks: here it gets an empty index', async () => {
    expect(await generateIndexFile(generated('rw-emptyroots'), at('a.index'))).toMatchObject({ recordCount: 0 })
  })

  it('ordering equal digests as it happens: here by their place, the same every time', async () => {
    await generateIndexFile(generated('rw-dups'), at('a.index'))
    const bytes = await readFile(generated('rw-dups'))
    expect(await readFile(at('a.index'))).toEqual(bytes.subarray(Number(bytes.readBigUInt64LE(43))))
  })

  it('leaving a file of other length behind replaced roots: here they are refused by their sizes', async () => {
    await copyFile(generated('rw-v1'), at('a.car'))
    await expect(replaceRoots(at('a.car'), [])).rejects.toThrow(/takes \d+ bytes/)
    expect(await readFile(at('a.car'))).toEqual(await readFile(generated('rw-v1')))
  })
})

describe("go-car's command", () => {
  it('verifies no CARv2 without an index, and none with padding right: here both', async () => {
    await wrapCar(generated('rw-v1'), at('indexless.car'), { codec: null })
    for (const path of [at('indexless.car'), generated('rw-padding')])
      expect(await verifyCar(path, inlineTaskRunner)).toMatchObject({ ok: true, problems: [] })
  })

  it('creates into a file that is there, and fails half-way: here it is refused untouched', async () => {
    await copyFile(generated('rw-v1'), at('a.car'))
    const options = { wrap: true, version: 2 } as const
    await expect(createCar([generated('rw-basic')], at('a.car'), inlineTaskRunner, options)).rejects.toThrow(
      code('FILE_EXISTS'),
    )
    expect(await readFile(at('a.car'))).toEqual(await readFile(generated('rw-v1')))
  })

  it('puts a block behind whatever a CARv1 ends with: here a torn end is cut first', async () => {
    await copyFile(generated('rw-v1'), at('a.car'))
    await truncate(at('a.car'), (await readFile(at('a.car'))).length - 3)
    await putBlock(at('a.car'), Buffer.from('more'), { as: { codec: 'raw' }, version: 1, setRoot: false })
    expect(await streamed(await readFile(at('a.car')))).toBe(2)
  })
})
