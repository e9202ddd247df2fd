import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner, systemClock } from '../base/index.ts'
import { ReferenceCarWriter } from '../blockstore/index.ts'
import { wrapCar } from '../car/index.ts'
import { hashFile } from '../commp/index.ts'
import { fillStream } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { buildPath } from '../unixfs/index.ts'
import { carCommitment } from './car-commitment.ts'
import { DagTools } from './dag-tools.ts'
import { generateCar } from './generate-car.ts'

const at = temporaryFolder('dags')
const tasks = inlineTaskRunner
const profile = 'unixfs-v1-2025'

/** set/photos/may.bin, set/note.txt; held in memory as well. */
async function folder() {
  const may = new Uint8Array(2_500_000)
  fillStream(may, 3)
  await mkdir(at('set/photos'), { recursive: true })
  await writeFile(at('set/photos/may.bin'), may)
  await writeFile(at('set/note.txt'), 'a note')
  const dags = new MemoryDags()
  const keep = (cid: CID, bytes: Uint8Array | null) => dags.put(cid, bytes ?? new Uint8Array())
  const { root } = await buildPath(at('set'), { profile, tasks, sink: { leafBytes: true, leaf: keep, node: keep } })
  const tools = new DagTools({ held: dags, anywhere: dags, tasks, clock: systemClock })
  return { root, may, dags, tools }
}

const page = { links: false, after: null, limit: 1000 }

describe('a DAG that is here', () => {
  it('has the commitment of the CAR that it is exported and generated as', async () => {
    const { root, tools } = await folder()
    const found = await tools.commitment(root)
    const exported = await tools.export({ root, path: '' }, { outPath: at('a.car'), format: 'car', overwrite: false })
    const generated = await generateCar(at('set'), at('b.car'), tasks, { profile })
    expect(generated.root.equals(root)).toBe(true)
    expect(Buffer.compare(await readFile(at('a.car')), await readFile(at('b.car')))).toBe(0)
    const { size } = await stat(at('a.car'))
    expect(found).toMatchObject({ root: root.toString(), payloadSize: 2_500_006, carSize: size })
    expect(exported).toMatchObject({ carSize: size, sizeBytes: size, path: at('a.car') })
    const piece = await hashFile(at('b.car'), tasks)
    expect([found.pieceCid, found.pieceSize]).toEqual([piece.pieceCid.toString(), piece.pieceSize])
    expect((await tools.sizes(root)).carSize).toBe(size)
    expect(await tools.stat(root)).toMatchObject({ carSize: size, payloadSize: 2_500_006 })
  })

  it('is written out whole or in part, and never over what is there unasked', async () => {
    const { root, may, tools } = await folder()
    const to = { outPath: at('out'), format: 'files', overwrite: false } as const
    expect(await tools.export({ root, path: 'photos' }, to)).toMatchObject({ sizeBytes: may.length })
    expect(await readdir(at('out'))).toEqual(['may.bin'])
    await expect(tools.export({ root, path: '' }, to)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    await tools.export({ root, path: 'note.txt' }, { ...to, overwrite: true })
    expect(await readFile(at('out'), 'utf8')).toBe('a note')
    await expect(generateCar(at('set'), at('out'), tasks, { profile })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    await expect(tools.export({ root, path: 'nothing' }, { ...to, outPath: at('x') })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })

  it('lists folders by name, a file as itself, and blocks by their links', async () => {
    const { root, tools } = await folder()
    const names = async (path: string, what = page) =>
      (await tools.list({ root, path }, what)).entries.map(({ name, type, sizeBytes }) => [name, type, sizeBytes])
    expect(await names('')).toEqual([
      ['note.txt', 'file', 6],
      ['photos', 'directory', null],
    ])
    expect(await names('photos/may.bin')).toEqual([['may.bin', 'file', 2_500_000]])
    const links = { ...page, links: true }
    expect(await names('photos/may.bin', links)).toEqual([
      ['Links/0/Hash', 'raw', 1_048_576],
      ['Links/1/Hash', 'raw', 1_048_576],
      ['Links/2/Hash', 'raw', 402_848],
    ])
    const first = await tools.list({ root, path: 'Links/1/Hash/Links/0/Hash' }, { ...links, limit: 2 })
    expect([first.entries.length, first.next]).toEqual([2, 'Links/1/Hash'])
    const rest = await tools.list({ root, path: 'photos/may.bin' }, { ...links, limit: 2, after: first.next })
    expect([rest.entries.map(({ name }) => name), rest.next]).toEqual([['Links/2/Hash'], null])
  })

  it('is read from any byte on, and let go of', async () => {
    const { root, may, tools, dags } = await folder()
    const file = await tools.openFile({ root, path: 'photos/may.bin' })
    expect(file.sizeBytes).toBe(may.length)
    const read = async (start: number, end: number) => {
      const parts: Uint8Array[] = []
      for await (const part of file.read({ start, end })) parts.push(part)
      return Buffer.concat(parts)
    }
    expect(Buffer.compare(await read(0, may.length), may)).toBe(0)
    expect(Buffer.compare(await read(1_048_570, 1_048_590), may.subarray(1_048_570, 1_048_590))).toBe(0)
    await file.release()
    await expect(tools.openFile({ root, path: 'photos' })).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    expect(dags.opened).toBe(0)
  })

  it('is missed in words', async () => {
    const { tools } = await folder()
    const other = CID.parse('bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am')
    await expect(tools.commitment(other)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    expect(await tools.has(other)).toBe(false)
  })
})

describe('the commitment of a CAR file', () => {
  it('is of a CARv2 that of the CARv1 in it', async () => {
    await folder()
    await generateCar(at('set'), at('one.car'), tasks, { profile })
    await wrapCar(at('one.car'), at('two.car'))
    const one = await carCommitment(at('one.car'), tasks)
    expect(await carCommitment(at('two.car'), tasks)).toEqual(one)
    expect(one).toMatchObject({ payloadSize: 2_500_006 })
  })

  it('is of a linked import that of what a deal transfers, not of its references', async () => {
    const { may } = await folder()
    const writer = await ReferenceCarWriter.create(at('linked.car'))
    const leaf = (cid: CID, _bytes: Uint8Array | null, from: { path: string; offset: number; size: number }) =>
      writer.reference(cid, from)
    const sink = { leafBytes: false, leaf, node: (cid: CID, bytes: Uint8Array) => writer.node(cid, bytes) }
    await writer.finish((await buildPath(at('set/photos/may.bin'), { profile, tasks, sink })).root)
    await generateCar(at('set/photos/may.bin'), at('dense.car'), tasks, { profile })
    const dense = await carCommitment(at('dense.car'), tasks)
    expect(await carCommitment(at('linked.car'), tasks)).toEqual(dense)
    expect(dense.payloadSize).toBe(may.length)
  })

  it('says of what is no CAR that it is none', async () => {
    await writeFile(at('note.txt'), 'a note that is long enough to be hashed, which it is not, being no CAR')
    await expect(carCommitment(at('note.txt'), tasks)).rejects.toMatchObject({
      message: expect.stringContaining('note.txt cannot be read as a CAR'),
    })
  })
})
