import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { exporter, recursive } from 'ipfs-unixfs-exporter'
import { importer } from 'ipfs-unixfs-importer'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { computeDigest } from '../car/index.ts'
import { contentBytes } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { type EntryPage, listEntries, PROFILES, readFile, resolvePath } from './index.ts'

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

async function add(dags: MemoryDags, codec: number, bytes: Uint8Array): Promise<CID> {
  const cid = CID.createV1(codec, create(0x12, await computeDigest(0x12, bytes)))
  await dags.put(cid, bytes)
  return cid
}

/** A folder written by the library, so that what we read is not only what we wrote. */
async function libraryFolder(dags: MemoryDags, files: ReadonlyArray<[path: string, content: string]>): Promise<CID> {
  const source = files.map(([path, content]) => ({ path, content: Buffer.from(content) }))
  const store = { put: (cid: CID, bytes: Uint8Array) => dags.put(cid, bytes) }
  const options = { profile: 'unixfs-v1-2025', wrapWithDirectory: true } as const
  const [root] = (await collect(importer(source, store as never, options))).slice(-1)
  if (root === undefined) throw new TypeError('nothing was imported')
  return root.cid
}

/** What the library's exporter reads blocks from. */
const forLibrary = (dags: MemoryDags) =>
  ({
    async *get(cid: CID) {
      yield await dags.get(cid)
    },
  }) as never

const many = Array.from({ length: 6000 }, (_, i): [string, string] => [
  `a rather long name, number ${i}`,
  `content ${i}`,
])

describe('readFile', () => {
  it('gives the content of files of every profile, whole and in ranges', async () => {
    const content = contentBytes({ content: 'stream', seed: 1, size: 2_700_050 })
    for (const profile of Object.keys(PROFILES) as UnixfsProfile[]) {
      const dags = new MemoryDags()
      const root = await dags.addFile(content, profile)
      expect(Buffer.concat(await collect(readFile(dags, root))).equals(content)).toBe(true)
      const points = [0, 1, 262_143, 262_144, 1_048_577, 2_700_049, 2_700_050, 9_000_000]
      for (const start of points)
        for (const end of points.filter((point) => point >= start)) {
          const range = Buffer.concat(await collect(readFile(dags, root, { start, end })))
          expect(range.equals(content.subarray(start, end)), `${profile} ${start} to ${end}`).toBe(true)
        }
    }
  })

  it('reads an empty file, and one that is inlined in its CID', async () => {
    const dags = new MemoryDags()
    for (const profile of Object.keys(PROFILES) as UnixfsProfile[])
      expect(await collect(readFile(dags, await dags.addFile(new Uint8Array(0), profile)))).toEqual([])
    const inline = await dags.addFile(Buffer.from('short'), 'lotus')
    expect(Buffer.concat(await collect(readFile(new MemoryDags(), inline))).toString()).toBe('short')
  })

  it('reads no more blocks than a range needs', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(contentBytes({ content: 'stream', seed: 1, size: 10 * 1_048_576 }))
    const asked: string[] = []
    const get = dags.get.bind(dags)
    dags.get = (cid, options) => {
      asked.push(cid.toString())
      return get(cid, options)
    }
    await collect(readFile(dags, root, { start: 3 * 1_048_576, end: 3 * 1_048_576 + 5 }))
    expect(asked).toHaveLength(2)
  })

  it('does not read ahead of a consumer that takes its time', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(contentBytes({ content: 'stream', seed: 1, size: 30 * 262_144 }), 'kubo-cidv1')
    let reads = 0
    const get = dags.get.bind(dags)
    dags.get = (cid, options) => {
      reads++
      return get(cid, options)
    }
    const reading = readFile(dags, root)
    await reading.next()
    expect(reads).toBeLessThanOrEqual(1 + 16)
    await reading.return()
  })

  it('refuses folders, sizes that do not add up, and what is missing', async () => {
    const dags = new MemoryDags()
    const folder = await libraryFolder(dags, [['a', 'x']])
    await expect(collect(readFile(dags, folder))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    const leaf = await add(dags, 0x55, Buffer.from('four'))
    const file = async (sizes: bigint[]) => {
      const Data = new UnixFS({ type: 'file', blockSizes: sizes }).marshal()
      return add(dags, dagPb.code, dagPb.encode(dagPb.prepare({ Data, Links: [{ Hash: leaf, Tsize: 4, Name: '' }] })))
    }
    await expect(collect(readFile(dags, await file([5n])))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    await expect(collect(readFile(dags, await file([])))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    const honest = await file([4n])
    dags.blocks.delete(leaf.toString())
    await expect(collect(readFile(dags, honest))).rejects.toMatchObject({ code: 'DAG_INCOMPLETE' })
    await expect(collect(readFile(dags, leaf))).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
  })
})

describe('listEntries', () => {
  it('pages through plain folders and HAMTs, each entry once, as the library lists them', async () => {
    for (const files of [many.slice(0, 50), many]) {
      const dags = new MemoryDags()
      const root = await libraryFolder(dags, files)
      const found: string[] = []
      let after: string | null = null
      do {
        const page: EntryPage = await listEntries(dags, root, { after, limit: 777 })
        found.push(...page.entries.map(({ name, type, sizeBytes }) => `${name} ${type} ${sizeBytes}`))
        after = page.next
      } while (after !== null)
      const entry = await exporter(root, forLibrary(dags))
      const expected: string[] = []
      if (entry.type === 'directory')
        for await (const child of entry.entries())
          expected.push(`${child.name} file ${(await dags.get(child.cid)).length}`)
      expect(found).toHaveLength(files.length)
      expect(found).toEqual(expected)
    }
  })

  it('tells files, folders, links and missing blocks apart', async () => {
    const dags = new MemoryDags()
    const sub = await libraryFolder(dags, [['x', 'y']])
    const big = await dags.addFile(contentBytes({ content: 'stream', seed: 1, size: 3_000_000 }))
    const link = await add(
      dags,
      dagPb.code,
      dagPb.encode({ Data: new UnixFS({ type: 'symlink', data: Buffer.from('big') }).marshal(), Links: [] }),
    )
    const gone = await add(dags, 0x55, Buffer.from('gone'))
    dags.blocks.delete(gone.toString())
    const cbor = await add(dags, dagCbor.code, dagCbor.encode({ a: 1 }))
    const links = Object.entries({ big, cbor, gone, link, sub })
    const Data = new UnixFS({ type: 'directory' }).marshal()
    const Links = links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }))
    const root = await add(dags, dagPb.code, dagPb.encode({ Data, Links }))
    const { entries, next } = await listEntries(dags, root)
    expect(next).toBeNull()
    expect(entries.map(({ name, type, sizeBytes }) => [name, type, sizeBytes])).toEqual([
      ['big', 'file', 3_000_000],
      ['cbor', 'other', null],
      ['gone', 'other', null],
      ['link', 'symlink', null],
      ['sub', 'directory', null],
    ])
    await expect(listEntries(dags, big)).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    await expect(listEntries(dags, cbor)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('resolvePath', () => {
  it('finds entries of plain folders and HAMTs, with the blocks that prove it', async () => {
    const dags = new MemoryDags()
    const root = await libraryFolder(
      dags,
      many.map(([name, content]) => [`deep/er/${name}`, content]),
    )
    for await (const entry of recursive(root, forLibrary(dags))) {
      if (Number(entry.cid.multihash.digest[0]) > 8) continue // a sample
      const path = entry.path.split('/').slice(1).join('/')
      const found = await resolvePath(dags, root, path)
      expect(found.cid.toString()).toBe(entry.cid.toString())
      expect(found.proof[0]?.toString()).toBe(root.toString())
      expect(found.proof.at(-1)?.toString()).toBe(entry.cid.toString())
      const proof = new MemoryDags()
      for (const cid of found.proof) await proof.put(cid, await dags.get(cid))
      expect((await resolvePath(proof, root, path)).cid.toString()).toBe(entry.cid.toString())
    }
    await expect(resolvePath(dags, root, 'deep/er/none')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(resolvePath(dags, root, `deep/er/${many[0]?.[0]}/below`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
    expect(await resolvePath(dags, root, '')).toMatchObject({ type: 'directory', sizeBytes: null })
  })

  it('follows keys and indexes of dag-cbor', async () => {
    const dags = new MemoryDags()
    const leaf = await add(dags, 0x55, Buffer.from('leaf'))
    const root = await add(dags, dagCbor.code, dagCbor.encode({ list: [1, { 'a b': leaf }] }))
    expect(await resolvePath(dags, root, '/list/1/a b/')).toMatchObject({ type: 'file', sizeBytes: 4 })
    for (const path of ['list', 'list/2', 'list/x', 'toString', 'list/1/a b/c'])
      await expect(resolvePath(dags, root, path), path).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
