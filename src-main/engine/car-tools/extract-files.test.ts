import { existsSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { FileReader, inlineTaskRunner } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { CarFileWriter, filterCar, readCarLayout, verifyCar } from '../car/index.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { linksOf } from '../unixfs/index.ts'
import { sameKindOfCid } from './block-value.ts'
import { createCar, type ExtractOptions, extractFiles, listUnixfs } from './index.ts'

const at = temporaryFolder('car-tools')

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true })
    await writeFile(at(name), content)
  }
}

async function create(paths: string[], out = 'made.car', wrap = false, version: 1 | 2 = 2): Promise<CID> {
  const { root } = await createCar(paths.map(at), at(out), inlineTaskRunner, { wrap, version })
  return root
}

async function extract(car: string, options: Partial<ExtractOptions> = {}) {
  await mkdir(at('out'), { recursive: true })
  const told: string[] = []
  const fileCount = await extractFiles(at(car), {
    paths: [],
    to: { folder: at('out') },
    onSkipped: (line) => told.push(line),
    ...options,
  })
  return { fileCount, told: told.sort() }
}

async function names(car: string): Promise<string[]> {
  const all: string[] = []
  for await (const { path } of listUnixfs(at(car))) all.push(path)
  return all.sort()
}

const cidOf = async (car: string, path: string): Promise<CID> => {
  for await (const entry of listUnixfs(at(car))) if (entry.path === path) return entry.cid
  throw new RangeError(path)
}

const read = (name: string) => readFileSync(at(name), 'utf8')
const FILES = { 'in/a/1.txt': 'one', 'in/a/2.txt': 'two', 'in/b/3.txt': 'three' }
const CHUNK_BYTES = 262_144

/** A CAR of one folder node with the links given; `made.car` is there. */
async function folderCar(name: string, links: dagPb.PBLink[], blocks: Array<{ cid: CID; bytes: Uint8Array }>) {
  const bytes = dagPb.encode({ Data: new UnixFS({ type: 'directory' }).marshal(), Links: links })
  const root = await sameKindOfCid((await openedRoots('made.car'))[0] as CID, bytes)
  const writer = await CarFileWriter.create(at(name), { version: 1, roots: [root] })
  for (const block of [{ cid: root, bytes }, ...blocks]) await writer.put(block.cid, block.bytes)
  await writer.finish()
}

async function openedRoots(car: string): Promise<readonly CID[]> {
  const reader = FileReader.open(at(car))
  return (await readCarLayout(reader).finally(() => reader.close())).roots
}

describe('createCar', () => {
  it.each([1, 2] as const)('makes a CARv%i that verifies, lists and extracts', async (version) => {
    await write(FILES)
    const root = await create(['in'], 'made.car', true, version)
    expect(await verifyCar(at('made.car'), inlineTaskRunner)).toMatchObject({ ok: true, version })
    expect((await openedRoots('made.car')).map(String)).toEqual([root.toString()])
    expect(await names('made.car')).toEqual(['in', 'in/a', 'in/a/1.txt', 'in/a/2.txt', 'in/b', 'in/b/3.txt'])
    expect(await extract('made.car')).toEqual({ fileCount: 3, told: [] })
    for (const [name, content] of Object.entries(FILES)) expect(read(`out/${name}`)).toBe(content)
  })

  it('leaves a file that is there as it is', async () => {
    await write(FILES)
    await create(['in'])
    const before = readFileSync(at('made.car'))
    await expect(create(['in/a'])).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(readFileSync(at('made.car')).equals(before)).toBe(true)
  })

  it('needs a folder around several files', async () => {
    await write(FILES)
    await expect(create(['in/a', 'in/b'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(existsSync(at('made.car'))).toBe(false)
  })
})

describe('extractFiles', () => {
  it('takes what is at the paths asked for', async () => {
    await write(FILES)
    await create(['in'])
    expect(await extract('made.car', { paths: ['/a/1.txt', 'b/'] })).toMatchObject({ fileCount: 2 })
    expect([existsSync(at('out/a/1.txt')), existsSync(at('out/a/2.txt')), read('out/b/3.txt')]).toEqual([
      true,
      false,
      'three',
    ])
    await expect(extract('made.car', { paths: ['nothing'] })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    for (const path of ['a//1.txt', '../in', 'a/./1.txt'])
      await expect(extract('made.car', { paths: [path] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('writes one file to where its bytes are wanted, and names a root that is a file', async () => {
    await write({ ...FILES, 'large.bin': 'x'.repeat(CHUNK_BYTES * 3) })
    await create(['in'])
    const chunks: Uint8Array[] = []
    const to: ExtractOptions['to'] = { write: async (bytes) => void chunks.push(bytes) }
    expect(await extract('made.car', { paths: ['b/3.txt'], to })).toMatchObject({ fileCount: 1 })
    expect(Buffer.concat(chunks).toString()).toBe('three')
    await expect(extract('made.car', { to })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await create(['large.bin'], 'large.car')
    await extract('large.car')
    expect(read('out/unknown')).toBe(read('large.bin'))
  })

  it('tells of what is missing and writes the rest', async () => {
    await write({ ...FILES, 'in/large.bin': `${'a'.repeat(CHUNK_BYTES)}${'b'.repeat(CHUNK_BYTES)}` })
    await create(['in'])
    const blocks = await openCarBlockstore(at('made.car'))
    const large = await cidOf('made.car', 'large.bin')
    const lastLeaf = linksOf(large, await blocks.get(large)).at(-1) as CID
    await blocks.close()
    const gone = [await cidOf('made.car', 'a/2.txt'), await cidOf('made.car', 'b'), lastLeaf]
    await filterCar(at('made.car'), at('holes.car'), gone, { inverse: true })
    expect(await extract('holes.car')).toEqual({
      fileCount: 1,
      told: ['a/2.txt', 'b', 'large.bin'].map((name) => `data for entry not found: /${name} (skipping...)`),
    })
    expect(read('out/a/1.txt')).toBe('one')
    expect([existsSync(at('out/b')), existsSync(at('out/large.bin'))]).toEqual([false, false])
  })

  it('takes from a large folder with missing parts what is there', async () => {
    const entries = Array.from({ length: 5000 }, (_, i) => `in/a rather long name of a file, number ${i}`)
    await write(Object.fromEntries(entries.map((name) => [name, name])))
    const root = await create(['in'])
    const blocks = await openCarBlockstore(at('made.car'))
    const shards = linksOf(root, await blocks.get(root)).filter(({ code }) => code === dagPb.code)
    await blocks.close()
    expect(shards.length).toBeGreaterThan(100)
    shards.pop()
    await filterCar(at('made.car'), at('holes.car'), shards, { inverse: true })
    const { fileCount, told } = await extract('holes.car')
    expect(told).toEqual([`data for entry not found for ${shards.length} unknown sharded entries (skipped...)`])
    expect(fileCount).toBeGreaterThan(0)
    expect(fileCount).toBeLessThan(5000)
  })

  it('follows no symbolic link out of its folder, neither one of the DAG nor one that is there', async () => {
    await write({ ...FILES, 'elsewhere/1.txt': 'mine' })
    await create(['in'])
    await mkdir(at('out'))
    await symlink(at('elsewhere'), at('out/a'))
    await expect(extract('made.car')).rejects.toThrow(/redirect through symlinks/)
    await mkdir(at('second/a'), { recursive: true })
    await symlink(at('elsewhere/1.txt'), at('second/a/1.txt'))
    await expect(extract('made.car', { to: { folder: at('second') } })).rejects.toThrow(/redirect through symlinks/)
    expect(read('elsewhere/1.txt')).toBe('mine')
  })

  it('follows no link that the DAG itself sets before a folder of the same name', async () => {
    await write({ ...FILES, 'elsewhere/1.txt': 'mine' })
    const link = dagPb.encode({
      Data: new UnixFS({ type: 'symlink', data: Buffer.from(at('elsewhere')) }).marshal(),
      Links: [],
    })
    await create(['in'])
    const linkCid = await sameKindOfCid((await openedRoots('made.car'))[0] as CID, link)
    const folder = await cidOf('made.car', 'a')
    const blocks = await openCarBlockstore(at('made.car'))
    const inside = [folder, ...linksOf(folder, await blocks.get(folder))]
    const copies = await Promise.all(inside.map(async (cid) => ({ cid, bytes: (await blocks.get(cid)).slice() })))
    await blocks.close()
    await folderCar(
      'evil.car',
      [
        { Name: 'x', Hash: linkCid },
        { Name: 'x', Hash: folder },
      ],
      [{ cid: linkCid, bytes: link }, ...copies],
    )
    await expect(extract('evil.car')).rejects.toThrow(/redirect through symlinks/)
    expect(read('elsewhere/1.txt')).toBe('mine')
  })

  it.each(['..', '.', '', 'a/b', '../x'])('refuses the name "%s"', async (name) => {
    await write(FILES)
    await create(['in'])
    const file = await cidOf('made.car', 'a/1.txt')
    await folderCar('evil.car', [{ Name: name, Hash: file }], [{ cid: file, bytes: Buffer.from('one') }])
    await expect(extract('evil.car')).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    expect(existsSync(at('x'))).toBe(false)
  })
})
