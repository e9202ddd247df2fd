import { createHash } from 'node:crypto'
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileReader } from '../base/index.ts'
import { readCarLayout } from '../car/index.ts'
import { identityBlock, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { fixture } from '../testing/fixtures.ts'
import {
  openCarBlockstore,
  openReadOnlyBlockstore,
  openReferenceBlockstore,
  ReadOnlyBlockstore,
  ReadWriteBlockstore,
  type Reference,
  ReferenceBlockstore,
  ReferenceCarWriter,
  SelfContainedCarWriter,
} from './index.ts'

const code = (value: string) => expect.objectContaining({ code: value })
const PAYLOAD = fixture('car/generated/ref-payload.bin')
const RECORD_PATH = 'srv/carport-fixtures/reference-cars/ref-payload.bin'
const MIB = 1 << 20

let folder: string
let source: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-ref-'))
  source = join(folder, RECORD_PATH)
  await mkdir(dirname(source), { recursive: true })
  await copyFile(PAYLOAD, source)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Leaf extends TestBlock {
  offset: number
}

/** The leaves of the payload as Lotus makes them, and the root that the fixtures have. */
async function payloadDag(): Promise<{ leaves: [Leaf, Leaf]; tail: CID; root: TestBlock }> {
  const payload = await readFile(PAYLOAD)
  const leafAt = async (offset: number): Promise<Leaf> => ({
    ...(await rawBlock(new Uint8Array(payload.subarray(offset, offset + MIB)), 0xb220)),
    offset,
  })
  const tail = CID.createV1(0x55, createDigest(0, payload.subarray(2 * MIB)))
  const car = await openReadOnlyBlockstore(FileReader.open(fixture('car/generated/ref-sha2-256-0401-fully.car')))
  const [cid] = car.roots as [CID]
  const root = { cid, bytes: await car.get(cid) }
  await car.close()
  return { leaves: [await leafAt(0), await leafAt(MIB)], tail, root }
}

/** The four forms that Lotus wrote; those that are not at hand are made from those that are. */
async function allForms(): Promise<Array<{ name: string; path: string }>> {
  const names = ['ref-identity-0400.car', 'ref-sha2-256-0401-fully.car']
  const forms = names.map((name) => ({ name, path: fixture(`car/generated/${name}`) }))
  const unflagged = join(folder, 'unflagged.car')
  const bytes = await readFile(fixture('car/generated/ref-sha2-256-0401-fully.car'))
  await writeFile(unflagged, bytes.fill(0, 11, 12))
  const older = await openReadOnlyBlockstore(FileReader.open(fixture('car/generated/ref-identity-0400.car')), {
    storeIdentity: true,
    wholeCids: true,
  })
  const newerIndex = join(folder, 'identity-0401.car')
  const writer = await ReadWriteBlockstore.open(newerIndex, {
    roots: older.roots,
    storeIdentity: true,
    wholeCids: true,
  })
  for await (const cid of older.cids())
    await writer.put(cid, await older.get(cid, { verify: false }), { verify: false })
  await writer.finalize()
  await older.close()
  const blank = await readFile(newerIndex)
  await writeFile(newerIndex, blank.fill(0, 11, 12))
  return [...forms, { name: 'sha2-256 without flag', path: unflagged }, { name: 'identity 0401', path: newerIndex }]
}

describe('a linked import of Lotus', () => {
  it('is read in all four forms', async () => {
    const { leaves, tail, root } = await payloadDag()
    for (const { path } of await allForms()) {
      const store = await openReferenceBlockstore(path, { baseDir: folder })
      expect(store.roots.map(String)).toEqual([root.cid.toString()])
      expect(Buffer.compare(await store.get(root.cid), root.bytes)).toBe(0)
      for (const { cid, bytes } of leaves) {
        expect(await store.has(cid)).toBe(true)
        expect(await store.size(cid)).toBe(MIB)
        expect(Buffer.compare(await store.get(cid), bytes)).toBe(0)
      }
      expect((await store.get(tail)).length).toBe(50)
      const absent = await rawBlock('absent', 0xb220)
      expect(await store.has(absent.cid)).toBe(false)
      await expect(store.get(absent.cid)).rejects.toThrow(code('BLOCK_NOT_FOUND'))
      await store.close()
    }
  })

  it('tells where its leaves lie, and which blocks it holds itself', async () => {
    const { root } = await payloadDag()
    for (const { path } of await allForms()) {
      const store = await openReferenceBlockstore(path, { baseDir: folder })
      const references: Reference[] = []
      for await (const reference of store.references()) references.push(reference)
      references.sort((a, b) => a.offset - b.offset)
      expect(references).toMatchObject([
        { path: source, offset: 0, size: MIB },
        { path: source, offset: MIB, size: MIB },
      ])
      const stored: string[] = []
      for await (const cid of store.cids()) stored.push(cid.toString())
      expect(stored).toEqual([root.cid.toString()])
      await store.close()
    }
  })

  it('is recognized among CARs', async () => {
    for (const { path } of await allForms()) {
      const store = await openCarBlockstore(path, { baseDir: folder })
      expect(store).toBeInstanceOf(ReferenceBlockstore)
      await store.close()
    }
    for (const name of [
      'rw-basic.car',
      'rw-emptyroots.car',
      'rw-mismatch.car',
      'rw-v1.car',
      'rw-identity-stored.car',
    ]) {
      const store = await openCarBlockstore(fixture(`car/generated/${name}`))
      expect(store).toBeInstanceOf(ReadOnlyBlockstore)
      await store.close()
    }
  })

  it('reads a dense CAR as well', async () => {
    const store = await openReferenceBlockstore(fixture('car/generated/rw-basic.car'))
    for await (const cid of store.cids()) expect((await store.get(cid)).length).toBe(10)
    await store.close()
  })
})

describe('writing a linked import', () => {
  async function write(path: string): Promise<void> {
    const { leaves, tail, root } = await payloadDag()
    const writer = await ReferenceCarWriter.create(path, { baseDir: folder })
    for (const { cid, offset } of leaves) await writer.reference(cid, { path: source, offset, size: MIB })
    await writer.reference(tail, { path: source, offset: 2 * MIB, size: 50 })
    await writer.node(root.cid, root.bytes)
    await writer.node(root.cid, root.bytes)
    for (const { cid } of leaves) await writer.reference(cid, { path: join(folder, 'elsewhere'), offset: 0, size: MIB })
    const { carSizeBytes, blockCount } = await writer.finish(root.cid)
    expect(carSizeBytes).toBe((await stat(path)).size)
    expect(blockCount).toBe(3)
  }

  it('gives the file of Lotus 1.19 to 1.27, byte for byte', async () => {
    const path = join(folder, 'imports', 'a.car')
    await write(path)
    expect(await readFile(path)).toEqual(await readFile(fixture('car/generated/ref-sha2-256-0401-fully.car')))
    expect(await readdir(dirname(path))).toEqual(['a.car'])
  })

  it('resolves against / as Lotus does, unless told otherwise', async () => {
    const { leaves, root } = await payloadDag()
    const [leaf] = leaves
    const path = join(folder, 'a.car')
    const writer = await ReferenceCarWriter.create(path)
    await writer.reference(leaf.cid, { path: source, offset: 0, size: MIB })
    await writer.finish(root.cid)
    const store = await openReferenceBlockstore(path)
    expect(Buffer.compare(await store.get(leaf.cid), leaf.bytes)).toBe(0)
    await store.close()
  })

  it.each([
    ['an identity root', identityBlock('tiny').cid],
    ['a CIDv0', CID.parse('QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n')],
    ['a root of usual length', CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')],
  ])('under %s', async (_, root) => {
    const path = join(folder, 'a.car')
    const blocks = await Promise.all(['one', 'two', 'three'].map((text) => rawBlock(text)))
    const writer = await SelfContainedCarWriter.create(path)
    for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
    await writer.finish(root)
    const layout = await readCarLayout(FileReader.open(path))
    expect(layout).toMatchObject({ payloadOffset: 51, fullyIndexed: false, roots: [root] })
    const store = await openReadOnlyBlockstore(FileReader.open(path))
    for (const { cid, bytes } of blocks) expect(await store.get(cid)).toEqual(bytes)
    await store.close()
  })

  it('leaves nothing behind when it is given up, and does not touch what was there', async () => {
    const path = join(folder, 'out', 'a.car')
    await mkdir(dirname(path))
    await writeFile(path, 'before')
    const writer = await ReferenceCarWriter.create(path)
    const { root } = await payloadDag()
    await writer.node(root.cid, root.bytes)
    await writer.discard()
    await writer.discard()
    expect(await readdir(dirname(path))).toEqual(['a.car'])
    expect(await readFile(path, 'utf8')).toBe('before')
    await expect(writer.node(root.cid, root.bytes)).rejects.toThrow(code('CLOSED'))
  })

  it('refuses what cannot be referenced', async () => {
    const { leaves, root } = await payloadDag()
    const [leaf] = leaves
    const writer = await ReferenceCarWriter.create(join(folder, 'a.car'), { baseDir: join(folder, 'srv') })
    const at = (path: string) => writer.reference(leaf.cid, { path, offset: 0, size: MIB })
    await expect(at('')).rejects.toThrow(code('INVALID_ARGUMENT'))
    await expect(at('/outside')).rejects.toThrow(code('INVALID_ARGUMENT'))
    await expect(at(join(folder, 'srv', '..', 'other'))).rejects.toThrow(code('INVALID_ARGUMENT'))
    await writer.finish(root.cid)
  })

  it('takes many leaves and large nodes', async () => {
    const path = join(folder, 'a.car')
    const writer = await ReferenceCarWriter.create(path)
    const leaf = (i: number) => CID.createV1(0x55, createDigest(0x12, createHash('sha256').update(String(i)).digest()))
    for (let i = 0; i < 20_000; i++) await writer.reference(leaf(i), { path: source, offset: i, size: 1 })
    const node = await rawBlock(new Uint8Array(5 << 20))
    const dagPb = CID.createV1(0x70, node.cid.multihash)
    await writer.node(dagPb, node.bytes)
    await writer.finish(dagPb)
    const store = await openReferenceBlockstore(path)
    expect(await store.size(leaf(19_999))).toBe(1)
    expect(Buffer.compare(await store.get(dagPb), node.bytes)).toBe(0)
    await store.close()
  })
})

describe('a source that is not what it was', () => {
  async function expectGet(errorCode: string, options = {}): Promise<void> {
    const { leaves } = await payloadDag()
    const car = fixture('car/generated/ref-sha2-256-0401-fully.car')
    const store = await openReferenceBlockstore(car, { baseDir: folder, ...options })
    try {
      const [, second] = leaves
      await expect(store.get(second.cid)).rejects.toThrow(code(errorCode))
      await expect(store.get(second.cid, { verify: false })).rejects.toThrow(code(errorCode))
      expect(await store.has(second.cid)).toBe(true)
    } finally {
      await store.close()
    }
  }

  it('gone', async () => {
    await rename(source, `${source}.old`)
    await expectGet('SOURCE_MISSING')
  })

  it('its folder is a file now', async () => {
    await rm(dirname(source), { recursive: true })
    await writeFile(dirname(source), '')
    await expectGet('SOURCE_MISSING')
  })

  it('shorter', async () => {
    await truncate(source, MIB + 100)
    await expectGet('SOURCE_CHANGED')
  })

  it('empty', async () => {
    await truncate(source, 0)
    await expectGet('SOURCE_CHANGED')
  })

  it('of other content and the same size and time', async () => {
    const { atime, mtime } = await stat(source)
    const bytes = await readFile(source)
    bytes.writeUInt8(bytes.readUInt8(MIB + 5) ^ 1, MIB + 5)
    await writeFile(source, bytes)
    await utimes(source, atime, mtime)
    await expectGet('SOURCE_CHANGED')
  })

  it('a folder', async () => {
    await rm(source)
    await mkdir(source)
    await expectGet('SOURCE_CHANGED')
  })

  it('a link to itself', async () => {
    await rm(source)
    await symlink(source, source)
    await expectGet('SOURCE_UNREADABLE')
  })

  it.skipIf(process.getuid?.() === 0)('not readable', async () => {
    await chmod(source, 0)
    await expectGet('SOURCE_UNREADABLE')
  })

  it('moved, and found again', async () => {
    const moved = join(folder, 'moved.bin')
    await rename(source, moved)
    const { leaves } = await payloadDag()
    const [leaf] = leaves
    const store = await openReferenceBlockstore(fixture('car/generated/ref-sha2-256-0401-fully.car'), {
      baseDir: folder,
      resolvePath: (path) => (path === source ? moved : path),
    })
    expect(Buffer.compare(await store.get(leaf.cid), leaf.bytes)).toBe(0)
    await store.close()
  })

  it('back again after it was gone', async () => {
    const { leaves } = await payloadDag()
    const [leaf] = leaves
    const store = await openReferenceBlockstore(fixture('car/generated/ref-sha2-256-0401-fully.car'), {
      baseDir: folder,
    })
    await rename(source, `${source}.old`)
    await expect(store.get(leaf.cid)).rejects.toThrow(code('SOURCE_MISSING'))
    await rename(`${source}.old`, source)
    expect(Buffer.compare(await store.get(leaf.cid), leaf.bytes)).toBe(0)
    await store.close()
  })

  it('larger than a leaf may be', async () => {
    await expectGet('CAR_LIMIT', { limits: { maxSectionBytes: 1000 } })
  })
})

describe('many sources', () => {
  it('are read side by side without keeping them all open', async () => {
    const path = join(folder, 'a.car')
    const writer = await ReferenceCarWriter.create(path)
    const blocks: TestBlock[] = []
    for (let i = 0; i < 60; i++) {
      const block = await rawBlock(`content of file ${i}`)
      const file = join(folder, `${i}.txt`)
      await writeFile(file, block.bytes)
      await writer.reference(block.cid, { path: file, offset: 0, size: block.bytes.length })
      blocks.push(block)
    }
    await writer.finish((blocks[0] as TestBlock).cid)
    const store = await openReferenceBlockstore(path)
    const twice = [...blocks, ...blocks.toReversed(), ...blocks]
    const read = await Promise.all(twice.map(({ cid }) => store.get(cid)))
    for (const [i, bytes] of read.entries()) expect(bytes).toEqual((twice[i] as TestBlock).bytes)
    if (process.platform === 'linux') {
      const open = await readdir('/proc/self/fd')
      const links = await Promise.all(open.map((fd) => readlinkOrEmpty(`/proc/self/fd/${fd}`)))
      expect(links.filter((link) => link.startsWith(folder)).length).toBeLessThanOrEqual(9)
    }
    await store.close()
  })
})

async function readlinkOrEmpty(path: string): Promise<string> {
  return readlink(path).catch(() => '')
}
