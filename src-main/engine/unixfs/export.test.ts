import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { computeDigest } from '../car/index.ts'
import { contentBytes } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { checkEntryName } from './export-names.ts'
import { buildPath, type DagSink, denseCar, exportCar, exportDag } from './index.ts'

let directory = ''
let dags = new MemoryDags()
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carport-export-'))
  dags = new MemoryDags()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function add(type: 'directory' | 'symlink', data: string | undefined, links: Array<[string, CID]>): Promise<CID> {
  const Data = new UnixFS({ type, data: data === undefined ? undefined : Buffer.from(data) }).marshal()
  const Links = links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }))
  const bytes = dagPb.encode({ Data, Links })
  const cid = CID.createV1(dagPb.code, create(0x12, await computeDigest(0x12, bytes)))
  await dags.put(cid, bytes)
  return cid
}
const folder = (entries: Array<[string, CID]>) => add('directory', undefined, entries)
const link = (target: string) => add('symlink', target, [])
const file = (text: string) => dags.addFile(Buffer.from(text))
const out = (name: string) => join(directory, name)
const left = () => readdir(directory)

const sink = (): DagSink => {
  const put = (cid: CID, bytes: Uint8Array | null) => dags.put(cid, bytes?.slice() ?? new Uint8Array(0))
  return { leafBytes: true, leaf: put, node: put }
}

describe('exportDag', () => {
  it('writes a file', async () => {
    const content = contentBytes({ content: 'stream', seed: 1, size: 3_000_000 })
    const root = await dags.addFile(content)
    const progress: number[] = []
    const onProgress = ({ doneBytes }: { doneBytes: number }) => void progress.push(doneBytes)
    expect(await exportDag(dags, root, out('a'), { onProgress })).toEqual({
      path: out('a'),
      sizeBytes: 3_000_000,
      fileCount: 1,
    })
    expect((await readFile(out('a'))).equals(content)).toBe(true)
    expect(progress.at(-1)).toBe(3_000_000)
    expect(await left()).toEqual(['a'])
  })

  it('gives back a folder as it was imported', async () => {
    const source = out('source')
    await mkdir(join(source, 'sub/empty'), { recursive: true })
    await writeFile(join(source, 'sub/big'), contentBytes({ content: 'stream', seed: 1, size: 2_000_000 }))
    await writeFile(join(source, '.hidden'), 'x')
    await writeFile(join(source, 'none'), '')
    if (process.platform !== 'win32') await symlink('../nowhere/ä', join(source, 'sub/link'))
    // Names long enough to make the folder a HAMT.
    for (let i = 0; i < 1200; i++) writeFileSync(join(source, String(i).padEnd(220, 'x')), `${i}`)
    for (const profile of ['unixfs-v1-2025', 'lotus', 'unixfs-v0-2015'] as const) {
      const { root } = await buildPath(source, { profile, tasks: inlineTaskRunner, sink: sink() })
      await exportDag(dags, root, out(profile))
      const again = await buildPath(out(profile), { profile, tasks: inlineTaskRunner })
      expect(again.root.toString()).toBe(root.toString())
    }
  })

  it('refuses what exists, and replaces it when asked, a link itself and not what it leads to', async () => {
    const root = await file('new')
    await writeFile(out('file'), 'old')
    await mkdir(out('folder'))
    await writeFile(join(out('folder'), 'inside'), 'old')
    await symlink(out('file'), out('link'))
    for (const name of ['file', 'folder', 'link'])
      await expect(exportDag(dags, root, out(name)), name).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    await exportDag(dags, root, out('link'), { overwrite: true })
    expect(await readFile(out('file'), 'utf8')).toBe('old')
    await exportDag(dags, root, out('file'), { overwrite: true })
    await exportDag(dags, root, out('folder'), { overwrite: true })
    for (const name of ['file', 'folder', 'link']) expect(await readFile(out(name), 'utf8')).toBe('new')
    await exportDag(dags, await folder([['a', root]]), out('file'), { overwrite: true })
    expect(await readdir(out('file'))).toEqual(['a'])
    expect((await left()).sort()).toEqual(['file', 'folder', 'link'])
  })

  it('leaves nothing behind when a block is missing or the work is cancelled', async () => {
    const content = contentBytes({ content: 'stream', seed: 1, size: 5_000_000 })
    const root = await folder([
      ['a', await file('fine')],
      ['b', await dags.addFile(content)],
    ])
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    await expect(exportDag(dags, root, out('x'), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const [last] = [...dags.blocks.keys()].filter((cid) => cid.startsWith('bafkrei')).slice(-1)
    dags.blocks.delete(last ?? '')
    await expect(exportDag(dags, root, out('x'))).rejects.toMatchObject({ code: 'DAG_INCOMPLETE' })
    expect(await left()).toEqual([])
  })

  it.each(['..', '.', '', 'a/b', '../../escape', 'nul\0', '/etc'])('refuses an entry named %j', async (name) => {
    const root = await folder([[name, await file('x')]])
    await expect(exportDag(dags, root, out('x'))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    expect(await left()).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('never writes through a symbolic link of the DAG', async () => {
    await mkdir(out('outside'))
    const root = await folder([
      ['x', await link(out('outside'))],
      ['x', await folder([['stolen', await file('x')]])],
    ])
    await expect(exportDag(dags, root, out('in'))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    const overFile = await folder([
      ['x', await link(join(out('outside'), 'stolen'))],
      ['x', await file('x')],
    ])
    await expect(exportDag(dags, overFile, out('in'))).rejects.toMatchObject({ code: 'UNIXFS_INVALID' })
    expect(await readdir(out('outside'))).toEqual([])
    expect(await left()).toEqual(['outside'])
  })

  it.skipIf(process.platform === 'win32')('makes symbolic links as they are stored', async () => {
    await exportDag(dags, await folder([['l', await link('../up')]]), out('f'))
    expect(await readlink(join(out('f'), 'l'))).toBe('../up')
    await exportDag(dags, await link('target'), out('root-link'))
    expect(await readlink(out('root-link'))).toBe('target')
  })
})

describe('checkEntryName', () => {
  it.each(['con', 'NUL.txt', 'com1', 'a:b', 'a\\b', 'q?', 'dot.', 'space ', 'tab\t'])(
    'keeps %j off Windows',
    (name) => {
      expect(() => checkEntryName(name, 'f', 'win32')).toThrow(expect.objectContaining({ code: 'UNIXFS_INVALID' }))
      expect(() => checkEntryName(name, 'f', 'linux')).not.toThrow()
    },
  )
  it.each(['console', 'a.b', 'ä', '...a', '.hidden', 'com'])('takes %j everywhere', (name) => {
    expect(() => checkEntryName(name, 'f', 'win32')).not.toThrow()
  })
})

describe('exportCar', () => {
  it('writes the dense CAR, plain or with an index, and refuses to overwrite', async () => {
    const root = await folder([
      ['a', await file('a')],
      ['b', await dags.addFile(Buffer.from('inline'), 'lotus')],
    ])
    const view = await denseCar(dags, root)
    const plain = await exportCar(dags, root, out('v1.car'))
    expect(plain).toEqual({ path: out('v1.car'), carSize: view.size, blockCount: 3 })
    const pieces: Uint8Array[] = []
    for await (const piece of view.readRange(0, view.size)) pieces.push(piece)
    expect((await readFile(out('v1.car'))).equals(Buffer.concat(pieces))).toBe(true)
    await exportCar(dags, root, out('v2.car'), { version: 2 })
    expect((await readFile(out('v2.car'))).subarray(51, 51 + view.size).equals(Buffer.concat(pieces))).toBe(true)
    const store = await openCarBlockstore(out('v2.car'))
    expect(store.roots.map(String)).toEqual([root.toString()])
    await store.close()
    await expect(exportCar(dags, root, out('v1.car'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    await exportCar(dags, root, out('v1.car'), { overwrite: true })
    dags.blocks.delete((await file('a')).toString())
    dags.blocks.clear()
    await expect(exportCar(dags, root, out('v3.car'))).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    expect((await left()).sort()).toEqual(['v1.car', 'v2.car'])
    expect((await stat(out('v1.car'))).size).toBe(view.size)
  })
})
