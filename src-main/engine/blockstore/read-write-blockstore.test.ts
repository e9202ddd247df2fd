import { copyFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileReader } from '../base/index.ts'
import { readCarLayout } from '../car/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { openReadOnlyBlockstore, ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-rw-'))
  path = join(folder, 'a.car')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const golden = (name: string) => readFile(fixture(`car/generated/${name}`))
const code = (value: string) => expect.objectContaining({ code: value })

async function written(blocks: TestBlock[], options: Partial<ReadWriteOptions> = {}): Promise<Buffer> {
  const roots = options.roots ?? [(await numberedBlock(0)).cid]
  const store = await ReadWriteBlockstore.open(path, { ...options, roots })
  for (const { cid, bytes } of blocks) await store.put(cid, bytes, { verify: false })
  await store.finalize()
  return readFile(path)
}

describe('files are those of go-car, byte for byte', () => {
  it('default options', async () => {
    expect(await written(await numberedBlocks(3))).toEqual(await golden('rw-basic.car'))
  })

  it('duplicates keep the order they were put in', async () => {
    const ten = await numberedBlocks(10)
    expect(await written([...ten, ...ten, ...ten, ...ten], { allowDuplicates: true })).toEqual(
      await golden('rw-dups.car'),
    )
  })

  it('an empty block', async () => {
    expect(await written([await rawBlock('')])).toEqual(await golden('rw-emptyblock.car'))
  })

  it('no roots and no blocks', async () => {
    expect(await written([], { roots: [] })).toEqual(await golden('rw-emptyroots.car'))
  })

  it('identity blocks left out', async () => {
    const blocks = [await numberedBlock(0), identityBlock('identity!'), identityBlock('')]
    expect(await written(blocks)).toEqual(await golden('rw-identity-dropped.car'))
  })

  it('identity blocks stored', async () => {
    const blocks = [await numberedBlock(0), identityBlock('identity!'), identityBlock('')]
    expect(await written(blocks, { storeIdentity: true })).toEqual(await golden('rw-identity-stored.car'))
  })

  it('index of the older codec, with several hash functions', async () => {
    const bytes = await golden('rw-indexsorted.car')
    const store = await openReadOnlyBlockstore(FileReader.open(fixture('car/generated/rw-indexsorted.car')))
    const blocks: TestBlock[] = []
    for await (const cid of store.cids()) blocks.push({ cid, bytes: await store.get(cid, { verify: false }) })
    await store.close()
    expect(await written(blocks, { indexCodec: 0x0400 })).toEqual(bytes)
  })

  it('padding in front of payload and index', async () => {
    const options = { dataPadding: 1413, indexPadding: 1314 }
    expect(await written(await numberedBlocks(2), options)).toEqual(await golden('rw-padding.car'))
  })

  it('bytes that were not checked', async () => {
    const bytes = new TextEncoder().encode('not the data')
    expect(await written([{ cid: (await numberedBlock(7)).cid, bytes }])).toEqual(await golden('rw-mismatch.car'))
  })

  it('a CARv1', async () => {
    expect(await written(await numberedBlocks(2), { carV1: true })).toEqual(await golden('rw-v1.car'))
  })

  it('a session that is given up', async () => {
    const store = await ReadWriteBlockstore.open(path, { roots: [(await numberedBlock(0)).cid] })
    for (const { cid, bytes } of await numberedBlocks(3)) await store.put(cid, bytes)
    await store.discard()
    await store.discard()
    expect(await readFile(path)).toEqual(await golden('rw-unfinalized.car'))
  })

  it('a session without a block', async () => {
    const store = await ReadWriteBlockstore.open(path, { roots: [(await numberedBlock(0)).cid] })
    await store.discard()
    expect(await readFile(path)).toEqual(await golden('rw-unfinalized-empty.car'))
  })
})

describe('whole captured payloads', () => {
  const source = foreignFixture('car/v2/testdata/sample-v1.car')
  const withoutIdentity = foreignFixture('car/v2/testdata/sample-v1-noidentity.car')

  async function sampleBlocks(): Promise<{ roots: readonly CID[]; blocks: TestBlock[] }> {
    const store = await openReadOnlyBlockstore(FileReader.open(source ?? ''), { storeIdentity: true })
    const blocks: TestBlock[] = []
    for await (const cid of store.cids()) blocks.push({ cid, bytes: await store.get(cid) })
    await store.close()
    return { roots: store.roots, blocks }
  }

  it.skipIf(source === undefined)('written again are the same, with and without identity blocks', async () => {
    const { roots, blocks } = await sampleBlocks()
    expect(blocks).toHaveLength(1049)
    expect((await written(blocks, { roots, carV1: true })).equals(await readFile(withoutIdentity ?? ''))).toBe(true)
    await rm(path)
    const v2 = await written(blocks, { roots, storeIdentity: true })
    expect(v2[11]).toBe(0x80)
    expect(v2.subarray(51, 51 + 479907).equals(await readFile(source ?? ''))).toBe(true)
  })

  it.skipIf(source === undefined)('read blocks at random while they are written', async () => {
    const { roots, blocks } = await sampleBlocks()
    const store = await ReadWriteBlockstore.open(path, { roots, stagingBytes: 20_000 })
    for (const [i, { cid, bytes }] of blocks.entries()) {
      await store.put(cid, bytes)
      const other = blocks[(i * 7919) % (i + 1)] as TestBlock
      expect(Buffer.compare(await store.get(other.cid), other.bytes)).toBe(0)
    }
    await store.finalize()
  })

  it.skipIf(source === undefined)('resumed again and again, half the times finalized, end as one session', async () => {
    const { roots, blocks } = await sampleBlocks()
    const once = await written(blocks, { roots })
    await rm(path)
    for (let at = 0, turn = 0; at < blocks.length; turn++) {
      const store = await ReadWriteBlockstore.open(path, { roots })
      expect(store.recovery.cutReason).toBe(turn > 0 && turn % 2 === 0 ? 'finalized-index' : null)
      for (const { cid, bytes } of blocks.slice(at, at + 97)) await store.put(cid, bytes)
      at += 97
      if (turn % 2 === 1) await store.finalize()
      else await store.discard()
    }
    const store = await ReadWriteBlockstore.open(path, { roots })
    expect(store.blockCount).toBe(1043)
    await store.finalize()
    expect((await readFile(path)).equals(once)).toBe(true)
  })
})

describe('which blocks are the same', () => {
  async function eightPuts(): Promise<TestBlock[]> {
    const a = await rawBlock('a')
    const b = await rawBlock('b')
    const underCbor = (block: TestBlock) => ({ ...block, cid: CID.createV1(0x71, block.cid.multihash) })
    return [a, b, a, underCbor(a), underCbor(b), underCbor(a), await rawBlock('a', 0x13), await rawBlock('a', 0x13)]
  }

  it.each([
    ['all, when duplicates are allowed', { allowDuplicates: true }, 8],
    ['those of one multihash', {}, 3],
    ['those of one CID', { wholeCids: true }, 5],
  ])('%s', async (_, options, count) => {
    const store = await ReadWriteBlockstore.open(path, { ...options, roots: [] })
    for (const { cid, bytes } of await eightPuts()) await store.put(cid, bytes)
    expect(store.blockCount).toBe(count)
    await store.discard()
  })

  it('a block is found under another codec, unless whole CIDs count', async () => {
    const { cid, bytes } = await rawBlock('a')
    const other = CID.createV1(0x71, cid.multihash)
    const lenient = await ReadWriteBlockstore.open(path, { roots: [] })
    await lenient.put(cid, bytes)
    expect(await lenient.get(other)).toEqual(bytes)
    await lenient.discard()
    const strict = await ReadWriteBlockstore.open(join(folder, 'b.car'), { roots: [], wholeCids: true })
    await strict.put(cid, bytes)
    expect(await strict.has(other)).toBe(false)
    await expect(strict.get(other)).rejects.toThrow(code('BLOCK_NOT_FOUND'))
    await strict.discard()
  })

  it('equal digests of two hash functions are two blocks', async () => {
    const { cid, bytes } = await rawBlock('a')
    const twin = CID.createV1(0x55, createDigest(0x1b, cid.multihash.digest))
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await store.put(cid, bytes)
    await store.put(twin, bytes, { verify: false })
    await store.finalize()
    const reader = await openReadOnlyBlockstore(FileReader.open(path))
    expect(await reader.has(cid)).toBe(true)
    expect(await reader.has(twin)).toBe(true)
    await reader.close()
  })

  it('identity blocks are answered from the CID, or from the file where they are stored', async () => {
    const { cid, bytes } = identityBlock('hello')
    const inline = await ReadWriteBlockstore.open(path, { roots: [] })
    expect(await inline.has(cid)).toBe(true)
    expect(await inline.get(cid)).toEqual(bytes)
    expect(await inline.size(cid)).toBe(5)
    await inline.put(cid, bytes)
    expect(inline.blockCount).toBe(0)
    await inline.discard()
    const stored = await ReadWriteBlockstore.open(join(folder, 'b.car'), { roots: [], storeIdentity: true })
    expect(await stored.has(cid)).toBe(false)
    await stored.put(cid, bytes)
    expect(await stored.get(cid)).toEqual(bytes)
    await stored.finalize()
    expect((await readCarLayout(FileReader.open(join(folder, 'b.car')))).fullyIndexed).toBe(true)
  })
})

describe('put', () => {
  it('refuses bytes that do not hash to the CID', async () => {
    const { cid } = await rawBlock('a')
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await expect(store.put(cid, new Uint8Array(3))).rejects.toThrow(code('BLOCK_MISMATCH'))
    expect(store.blockCount).toBe(0)
    await store.discard()
  })

  it('refuses sections and CIDs that readers would not take', async () => {
    const store = await ReadWriteBlockstore.open(path, { roots: [], storeIdentity: true })
    const limit = 8 * 1024 * 1024 - 36
    const largest = await rawBlock(new Uint8Array(limit))
    await store.put(largest.cid, largest.bytes)
    const larger = await rawBlock(new Uint8Array(limit + 1))
    await expect(store.put(larger.cid, larger.bytes)).rejects.toThrow(code('CAR_LIMIT'))
    const long = identityBlock('x'.repeat(3000))
    await expect(store.put(long.cid, long.bytes)).rejects.toThrow(code('CAR_LIMIT'))
    expect(Buffer.compare(await store.get(largest.cid), largest.bytes)).toBe(0)
    await store.finalize()
    const reader = await openReadOnlyBlockstore(FileReader.open(path))
    expect(await reader.size(largest.cid)).toBe(limit)
    await reader.close()
  })

  it('takes a hundred writers at once', async () => {
    const blocks = await numberedBlocks(100)
    const store = await ReadWriteBlockstore.open(path, { roots: [], stagingBytes: 300 })
    await Promise.all([...blocks, ...blocks].map(({ cid, bytes }) => store.put(cid, bytes)))
    expect(store.blockCount).toBe(100)
    await store.finalize()
    const reader = await openReadOnlyBlockstore(FileReader.open(path))
    for (const { cid, bytes } of blocks) expect(await reader.get(cid)).toEqual(bytes)
    await reader.close()
  })

  it('gives a snapshot of the CIDs, in the order of the file', async () => {
    const blocks = await numberedBlocks(4)
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    for (const { cid, bytes } of blocks.slice(0, 3)) await store.put(cid, bytes)
    const snapshot = store.cids()
    await store.put((blocks[3] as TestBlock).cid, (blocks[3] as TestBlock).bytes)
    const seen: string[] = []
    for await (const cid of snapshot) seen.push(cid.toString())
    expect(seen).toEqual(blocks.slice(0, 3).map(({ cid }) => cid.toString()))
    await store.discard()
  })

  it('stops when it is cancelled', async () => {
    const { cid, bytes } = await rawBlock('a')
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await expect(store.put(cid, bytes, { signal: AbortSignal.abort() })).rejects.toThrow(code('CANCELLED'))
    expect(await store.has(cid)).toBe(false)
    await store.discard()
  })
})

describe('the end of a session', () => {
  it('finalized for reading: reads go on, writes do not', async () => {
    const [a, b] = (await numberedBlocks(2)) as [TestBlock, TestBlock]
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await store.put(a.cid, a.bytes)
    await store.finalizeReadOnly()
    expect(store.isFinalized).toBe(true)
    expect(await store.get(a.cid)).toEqual(a.bytes)
    await expect(store.put(b.cid, b.bytes)).rejects.toThrow(code('READ_ONLY'))
    await expect(store.finalizeReadOnly()).rejects.toThrow(code('READ_ONLY'))
    await store.close()
  })

  it('closed: every call says so, closing again does nothing', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await store.put(cid, bytes)
    await store.finalize()
    await store.close()
    await store.discard()
    for (const call of [
      () => store.put(cid, bytes),
      () => store.get(cid),
      () => store.has(cid),
      () => store.size(cid),
      () => store.sync(),
      () => store.finalize(),
      () => store.finalizeReadOnly(),
    ])
      await expect(call()).rejects.toThrow(code('CLOSED'))
    expect(() => store.cids()).toThrow(code('CLOSED'))
  })

  it('close waits for a finalize that is under way', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const store = await ReadWriteBlockstore.open(path, { roots: [cid] })
    await store.put(cid, bytes)
    await Promise.all([store.finalizeReadOnly(), store.close()])
    expect((await readCarLayout(FileReader.open(path))).finalized).toBe(true)
  })

  it('a path has one writer, and is free afterwards', async () => {
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await expect(ReadWriteBlockstore.open(path, { roots: [] })).rejects.toThrow(code('LOCKED'))
    await store.discard()
    const next = await ReadWriteBlockstore.open(path, { roots: [] })
    await next.discard()
    await expect(stat(`${path}.lock`)).rejects.toThrow()
  })

  it('a path has one writer, by whatever name', async () => {
    const other = join(folder, 'link')
    await symlink(folder, other)
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await expect(ReadWriteBlockstore.open(join(other, 'a.car'), { roots: [] })).rejects.toThrow(code('LOCKED'))
    await store.discard()
  })

  it('sync tells how much is durable', async () => {
    const { cid, bytes } = await numberedBlock(0)
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    await store.put(cid, bytes)
    expect(store.syncedPayloadSize).toBe(0)
    await store.sync()
    expect(store.syncedPayloadSize).toBe(store.payloadSize)
    expect((await stat(path)).size).toBe(51 + store.payloadSize)
    await store.discard()
  })

  it('a folder or a missing folder is refused', async () => {
    await expect(ReadWriteBlockstore.open(folder, { roots: [] })).rejects.toThrow(code('NOT_A_FILE'))
    await expect(ReadWriteBlockstore.open(join(folder, 'none', 'a.car'), { roots: [] })).rejects.toThrow(
      code('FILE_NOT_FOUND'),
    )
  })
})

describe('resume', () => {
  it('of a finalized file, nothing added, changes no byte in the end', async () => {
    await copyFile(fixture('car/generated/rw-identity-stored.car'), path)
    const roots = [(await numberedBlock(0)).cid]
    const store = await ReadWriteBlockstore.open(path, { roots, storeIdentity: true })
    expect(store.recovery).toMatchObject({ resumed: true, wasFinalized: true, blockCount: 3 })
    await store.finalize()
    expect(await readFile(path)).toEqual(await golden('rw-identity-stored.car'))
  })

  it('of a finalized file, given up, is the unfinalized file', async () => {
    await copyFile(fixture('car/generated/rw-basic.car'), path)
    const store = await ReadWriteBlockstore.open(path, { roots: [(await numberedBlock(0)).cid] })
    await store.discard()
    expect(await readFile(path)).toEqual(await golden('rw-unfinalized.car'))
  })

  it('of a file with roots null, as go-car writes none', async () => {
    await copyFile(fixture('car/generated/rw-nilroots.car'), path)
    const store = await ReadWriteBlockstore.open(path, { roots: [] })
    expect(store.blockCount).toBe(1)
    await store.finalize()
    expect(await readFile(path)).toEqual(await golden('rw-nilroots.car'))
  })

  it('of a CARv1', async () => {
    const blocks = await numberedBlocks(2)
    const roots = [(blocks[0] as TestBlock).cid]
    const first = await ReadWriteBlockstore.open(path, { roots, carV1: true })
    await first.put((blocks[0] as TestBlock).cid, (blocks[0] as TestBlock).bytes)
    await first.discard()
    const second = await ReadWriteBlockstore.open(path, { roots, carV1: true })
    await second.put((blocks[1] as TestBlock).cid, (blocks[1] as TestBlock).bytes)
    await second.finalize()
    expect(await readFile(path)).toEqual(await golden('rw-v1.car'))
  })

  it('counts header bytes as they are, not as they would be written', async () => {
    // A CARv1 header without the roots key is 11 bytes long; written anew it would be 18.
    const bare = Buffer.concat([Buffer.from('0aa16776657273696f6e01', 'hex'), (await golden('rw-v1.car')).subarray(59)])
    await writeFile(path, bare)
    const store = await ReadWriteBlockstore.open(path, { roots: [], carV1: true })
    expect(store.blockCount).toBe(2)
    const { cid, bytes } = await numberedBlock(1)
    expect(await store.get(cid)).toEqual(bytes)
    await store.discard()
  })
})
