import { appendFile, copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileReader } from '../base/index.ts'
import { encodeCarHeader, readCarLayout, sectionHead } from '../car/index.ts'
import { numberedBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { type OpenWritableFile, openLocalFile, ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

let folder: string
let path: string
let roots: CID[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-recovery-'))
  path = join(folder, 'a.car')
  roots = [(await numberedBlock(0)).cid]
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const code = (value: string) => expect.objectContaining({ code: value })
const generated = (name: string) => fixture(`car/generated/${name}`)
const open = (options: Partial<ReadWriteOptions> = {}) =>
  ReadWriteBlockstore.open(path, { roots, openFile: openUnsynced, ...options })

/** Hundreds of files are opened here, and no power is cut: waiting for the disk would take most of the time. */
const openUnsynced: OpenWritableFile = async (name) =>
  Object.assign(await openLocalFile(name), { sync: async () => {} })

/** Puts the blocks that are missing, finalizes, and expects the file of a session that was never interrupted. */
async function expectGoesOn(store: ReadWriteBlockstore, count = 3): Promise<void> {
  for (const { cid, bytes } of await numberedBlocks(count)) {
    await store.put(cid, bytes)
    expect(await store.get(cid)).toEqual(bytes)
  }
  await store.finalize()
  expect(await readFile(path)).toEqual(await readFile(generated('rw-basic.car')))
}

async function expectUntouched(bytes: Buffer, opening: Promise<unknown>, errorCode: string): Promise<void> {
  await expect(opening).rejects.toThrow(code(errorCode))
  expect(await readFile(path)).toEqual(bytes)
}

/** The unfinalized file of three blocks with an index of them, as a crash in Finalize leaves it. */
const withIndex = () => readFile(generated('crash-index-no-header.car'))

describe('an end that was torn is cut', () => {
  it.each([1, 5, 20, 45, 47])('%i bytes of the last section missing', async (missing) => {
    await copyFile(generated(`torn-input-minus${missing}.car`), path)
    const store = await open()
    const clean = missing === 47
    expect(store.recovery).toMatchObject({
      resumed: true,
      blockCount: 2,
      cutBytes: clean ? 0 : 47 - missing,
      cutReason: clean ? null : 'torn-section',
    })
    await expectGoesOn(store)
  })

  it('at every byte of the file', async () => {
    const whole = await readFile(generated('rw-unfinalized.car'))
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      const store = await open()
      expect(store.blockCount).toBe(Math.max(0, Math.floor((length - 110) / 47)))
      await expectGoesOn(store)
      await rm(path)
    }
  })

  it('at every byte of a file with padding and no blocks', async () => {
    const store = await open({ dataPadding: 30 })
    await store.discard()
    const whole = await readFile(path)
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      const again = await open({ dataPadding: 30 })
      await again.discard()
      expect(await readFile(path)).toEqual(whole)
    }
  })

  it('zeros where space was reserved and nothing written', async () => {
    await copyFile(generated('rw-unfinalized.car'), path)
    await truncate(path, 4096)
    const store = await open()
    expect(store.recovery).toMatchObject({ blockCount: 3, cutReason: 'zeros', cutBytes: 4096 - 251 })
    await expectGoesOn(store)
  })

  it('a creation of which only zeros are left', async () => {
    await writeFile(path, new Uint8Array(110))
    const store = await open()
    expect(store.recovery).toMatchObject({ blockCount: 0, cutReason: 'torn-creation' })
    await expectGoesOn(store)
  })

  it('a last section whose data never came', async () => {
    const bytes = await readFile(generated('rw-unfinalized.car'))
    await writeFile(path, bytes.fill(0, bytes.length - 10))
    const store = await open()
    expect(store.recovery).toMatchObject({ blockCount: 2, cutReason: 'damaged', cutBytes: 47 })
    await expectGoesOn(store)
  })
})

describe('an index without a header is cut', () => {
  it('the index of a Finalize that crashed', async () => {
    await copyFile(generated('crash-index-no-header.car'), path)
    const store = await open()
    expect(store.recovery).toMatchObject({ blockCount: 3, cutReason: 'unfinished-index', cutBytes: 150 })
    await expectGoesOn(store)
  })

  it('torn at every byte', async () => {
    const whole = await withIndex()
    for (let length = 251; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      const store = await open()
      expect(store.blockCount).toBe(3)
      expect(store.recovery.cutBytes).toBe(length - 251)
      await expectGoesOn(store)
    }
  })

  it.each([
    ['of the older codec', { indexCodec: 0x0400 }],
    ['behind padding', { indexPadding: 1314 }],
    ['with identity blocks in it', { storeIdentity: true }],
  ] as Array<[string, Partial<ReadWriteOptions>]>)('%s, whole and torn', async (_, options) => {
    const store = await open(options)
    for (const { cid, bytes } of await numberedBlocks(40)) await store.put(cid, bytes)
    const identity = CID.createV1(0x55, createDigest(0, new TextEncoder().encode('here')))
    await store.put(identity, identity.multihash.digest)
    const { payloadSize, blockCount } = store
    await store.finalize()
    const finalized = await readFile(path)
    const blank = Buffer.from(finalized).fill(0, 11, 51)
    for (const length of [blank.length, blank.length - 1, blank.length - 700, 51 + payloadSize + 1320]) {
      await writeFile(path, blank.subarray(0, length))
      const again = await open(options)
      expect(again).toMatchObject({ blockCount, payloadSize })
      await again.finalize()
      expect(await readFile(path)).toEqual(finalized)
    }
  })

  it('a header torn at every byte', async () => {
    // Enough blocks that size and offset take two bytes each, so that a torn number looks like a smaller one.
    const store = await open()
    for (const { cid, bytes } of await numberedBlocks(40)) await store.put(cid, bytes)
    await store.finalize()
    const whole = await readFile(path)
    for (let length = 0; length <= 40; length++) {
      await writeFile(path, Buffer.from(whole).fill(0, 11 + length, 51))
      const again = await open()
      expect(again.blockCount).toBe(40)
      await again.finalize()
      expect(await readFile(path)).toEqual(whole)
    }
  })

  it('a block as long as an index codec is a block', async () => {
    // 1025 and 1024 are the codec varints of both indexes.
    const blocks = [
      await rawBlock(new Uint8Array(1025 - 36).fill(1)),
      await rawBlock(new Uint8Array(1024 - 36).fill(2)),
    ]
    const store = await open()
    for (const { cid, bytes } of blocks) await store.put(cid, bytes)
    await store.discard()
    const again = await open()
    expect(again.recovery).toMatchObject({ blockCount: 2, cutBytes: 0 })
    await again.discard()
  })
})

describe('damage is not cut without being asked', () => {
  it('a finalized file cut inside its payload is refused, and repaired on demand', async () => {
    const cut = (await readFile(generated('rw-basic.car'))).subarray(0, 240)
    await writeFile(path, cut)
    await expectUntouched(cut, open(), 'CAR_TRUNCATED')
    const store = await open({ repair: true })
    expect(store.recovery).toMatchObject({ blockCount: 2, cutReason: 'torn-section' })
    await expectGoesOn(store)
  })

  it('a damaged block further in', async () => {
    const bytes = await readFile(generated('rw-unfinalized.car'))
    bytes[110 + 47 + 40] = 0
    await writeFile(path, bytes)
    await expectUntouched(bytes, open(), 'CAR_INVALID')
    const store = await open({ repair: true })
    expect(store.recovery).toMatchObject({ blockCount: 1, cutReason: 'damaged' })
    await expectGoesOn(store)
  })

  it('a damaged block that was not yet promised to last is cut with what follows', async () => {
    const bytes = await readFile(generated('rw-unfinalized.car'))
    bytes[110 + 47 + 40] = 0
    await writeFile(path, bytes)
    const store = await open({ syncedPayloadSize: 59 + 47 })
    expect(store.recovery).toMatchObject({ blockCount: 1, cutReason: 'damaged', verifiedBlocks: 0 })
    await expectGoesOn(store)
  })

  it('a hole between sections', async () => {
    const bytes = await readFile(generated('rw-unfinalized.car'))
    bytes.fill(0, 110 + 47, 110 + 94)
    await writeFile(path, bytes)
    await expectUntouched(bytes, open(), 'CAR_INVALID')
    const store = await open({ syncedPayloadSize: 100 })
    expect(store.recovery).toMatchObject({ blockCount: 1, cutReason: 'damaged' })
    await expectGoesOn(store)
  })

  it('a section that says it is larger than any', async () => {
    const bytes = Buffer.concat([await readFile(generated('rw-unfinalized.car')), Buffer.from('ffffffff0f', 'hex')])
    await writeFile(path, bytes)
    await expectUntouched(bytes, open(), 'CAR_LIMIT')
    const store = await open({ repair: true })
    await expectGoesOn(store)
  })

  it('zeros of a padded piece, unless they are expected', async () => {
    const header = encodeCarHeader(roots)
    const { cid, bytes } = await numberedBlock(0)
    const car = Buffer.concat([header, sectionHead(cid, bytes.length), bytes, new Uint8Array(500), Uint8Array.of(7)])
    await writeFile(path, car)
    await expectUntouched(car, open({ carV1: true }), 'CAR_INVALID')
    const store = await open({ carV1: true, zeroLengthSectionAsEnd: true })
    expect(store.recovery).toMatchObject({ blockCount: 1, cutReason: 'padding', cutBytes: 501 })
    await store.discard()
  })

  it('a finalized file whose last block is damaged', async () => {
    const bytes = await readFile(generated('rw-mismatch.car'))
    await writeFile(path, bytes)
    await expectUntouched(bytes, open(), 'CAR_INVALID')
  })
})

describe('a file that is something else is left alone', () => {
  it.each([
    ['text', Buffer.from('just some notes\n'), 'CAR_TRUNCATED'],
    ['a CARv1', null, 'CAR_VERSION'],
    ['a pragma and something', Buffer.from('0aa16776657273696f6e02ffff', 'hex'), 'CAR_TRUNCATED'],
    ['version 42', Buffer.from('0ba16776657273696f6e182a', 'hex'), 'CAR_VERSION'],
  ])('%s', async (_, content, errorCode) => {
    const bytes = content ?? (await readFile(generated('rw-v1.car')))
    await writeFile(path, bytes)
    await expectUntouched(bytes, open(), errorCode)
  })

  it('a CARv2 where a CARv1 is to be written', async () => {
    const bytes = await readFile(generated('rw-basic.car'))
    await writeFile(path, bytes)
    await expectUntouched(bytes, open({ carV1: true }), 'CAR_VERSION')
  })

  it('other roots, finalized or not', async () => {
    const others = [(await numberedBlock(5)).cid]
    for (const name of ['rw-basic.car', 'rw-unfinalized.car']) {
      const bytes = await readFile(generated(name))
      await writeFile(path, bytes)
      await expectUntouched(bytes, open({ roots: others }), 'CAR_ROOTS_MISMATCH')
      await expectUntouched(bytes, open({ roots: [] }), 'CAR_ROOTS_MISMATCH')
      await expectUntouched(bytes, open({ roots: [...roots, ...roots] }), 'CAR_ROOTS_MISMATCH')
    }
  })

  it('roots in another order are the same', async () => {
    const [a, b] = (await numberedBlocks(2)) as [TestBlock, TestBlock]
    await (await open({ roots: [a.cid, b.cid, a.cid] })).discard()
    await expect(open({ roots: [a.cid, b.cid, b.cid] })).rejects.toThrow(code('CAR_ROOTS_MISMATCH'))
    await (await open({ roots: [b.cid, a.cid, a.cid] })).discard()
  })

  it('other padding, with both numbers in the message', async () => {
    const bytes = await readFile(generated('rw-padding.car'))
    await writeFile(path, bytes)
    await expectUntouched(bytes, open({ dataPadding: 7 }), 'CAR_PADDING_MISMATCH')
    await expect(open({ dataPadding: 0 })).rejects.toThrow(/1413.*0/)
    const store = await open({ indexPadding: 1314 })
    expect(store.blockCount).toBe(2)
    await store.finalize()
    expect(await readFile(path)).toEqual(bytes)
  })

  it('padding of an unfinalized file is found', async () => {
    const first = await open({ dataPadding: 70_000 })
    const { cid, bytes } = await numberedBlock(1)
    await first.put(cid, bytes)
    await first.discard()
    await expect(open({ dataPadding: 0 })).rejects.toThrow(code('CAR_PADDING_MISMATCH'))
    const store = await open()
    expect(await store.get(cid)).toEqual(bytes)
    await store.discard()
  })
})

describe('files of other programs', () => {
  it('a header of numbers that mean nothing is taken for an unfinalized one', async () => {
    const bytes = await readFile(generated('rw-unfinalized.car'))
    bytes.fill(0xff, 27, 51)
    await writeFile(path, bytes)
    await expectGoesOn(await open())
  })

  it('bytes behind the payload of a CARv2 without index', async () => {
    const bytes = await readFile(generated('rw-basic.car'))
    bytes.fill(0, 43, 51)
    await writeFile(path, bytes)
    await appendFile(path, Buffer.from('more'))
    const store = await open()
    expect(store.blockCount).toBe(3)
    await expectGoesOn(store)
  })

  const sample = foreignFixture('car/v2/testdata/sample-rw-bs-v2.car')
  it.skipIf(sample === undefined)('three blocks of go-car, resumed and finalized, are the same file', async () => {
    await copyFile(sample ?? '', path)
    const layout = await readCarLayout(FileReader.open(path))
    const store = await open({ roots: layout.roots })
    expect(store.blockCount).toBe(3)
    await store.finalize()
    expect(await readFile(path)).toEqual(await readFile(sample ?? ''))
  })

  const tail = foreignFixture('car/v2/testdata/sample-v1-tailing-corrupt-section.car')
  it.skipIf(tail === undefined)('a CARv1 whose last section is cut', async () => {
    await copyFile(tail ?? '', path)
    const layout = await readCarLayout(FileReader.open(path))
    const store = await open({ roots: layout.roots, carV1: true, storeIdentity: true })
    expect(store.recovery).toMatchObject({ blockCount: 1048, cutReason: 'torn-section' })
    await store.discard()
  })
})
