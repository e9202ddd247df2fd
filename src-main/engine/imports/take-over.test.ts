import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { MemoryStore } from '../store/index.ts'
import { fixture } from '../testing/fixtures.ts'
import { readFile as readDagFile } from '../unixfs/index.ts'
import { ImportsManager } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-take-over-'))
})
afterEach(() => rm(folder, { recursive: true }))

function manager(name: string, store = new MemoryStore()): ImportsManager {
  const directory = join(folder, name)
  return new ImportsManager({
    ...{ directory, store, tasks: inlineTaskRunner, clock: systemClock, log: silentLogger, maxConcurrent: 2 },
  })
}

it('an import that another program made is readable under its id, also once that program is gone', async () => {
  const source = join(folder, 'photo.raw')
  const content = Buffer.alloc(2_500_000, 'carport')
  await writeFile(source, content)
  const theirs = manager('lotus')
  await theirs.start()
  const made = await theirs.begin({ path: source, kind: 'linked', profile: 'lotus' })
  const { id, root, carPath } = await theirs.wait(made)
  await theirs.close()

  const store = new MemoryStore()
  const ours = manager('carport', store)
  await ours.start()
  const facts = { sizeBytes: content.length, carSizeBytes: 1, blockCount: 4, mtimeMs: null }
  const found = { ...facts, id, root: root ?? '', kind: 'linked' as const, source, carPath }
  const taken = await ours.takeOver(found)
  expect(taken).toMatchObject({ id, root, source, state: 'ready', health: 'ok', profile: 'lotus' })
  expect(await ours.takeOver(found)).toEqual(taken)
  await ours.close()
  await rm(join(folder, 'lotus'), { recursive: true })

  const again = manager('carport', store)
  await again.start()
  const dag = await again.open(CID.parse(root ?? ''))
  const parts: Uint8Array[] = []
  if (dag !== null) for await (const part of readDagFile(dag.blockstore, CID.parse(root ?? ''))) parts.push(part)
  await dag?.release()
  expect(Buffer.concat(parts).equals(content)).toBe(true)
  const [receipt] = await again.drop({ ids: [id] })
  expect(receipt).toMatchObject({ deleted: [join(folder, 'carport', `${id}.car`)], kept: [source] })
  expect((await readFile(source)).length).toBe(content.length)
  await again.close()
})

it('says at once when the source of a linked import is not there', async () => {
  const carPath = join(folder, 'x.car')
  await writeFile(carPath, 'x')
  const ours = manager('carport')
  await ours.start()
  const facts = { sizeBytes: 1, carSizeBytes: 1, blockCount: 1, mtimeMs: null }
  const found = { ...facts, id: '7', root: 'bafkqaaa', kind: 'linked' as const, source: join(folder, 'gone'), carPath }
  expect(await ours.takeOver(found)).toMatchObject({ health: 'broken', problem: { code: 'SOURCE_MISSING' } })
  await ours.close()
})

it('an import of before there were CARs is made again of its file, if it still has the same root', async () => {
  const source = join(folder, 'photo.raw')
  await writeFile(source, Buffer.alloc(2_500_000, 'carport'))
  const theirs = manager('lotus')
  await theirs.start()
  const { root } = await theirs.wait(await theirs.begin({ path: source, kind: 'linked', profile: 'lotus' }))
  await theirs.close()
  const ours = manager('carport')
  await ours.start()
  const made = await ours.importAgain({ id: '7', root, source })
  expect(made).toMatchObject({ id: '7', root, source, kind: 'linked', profile: 'lotus', state: 'ready', health: 'ok' })
  expect(await ours.importAgain({ id: '7', root, source })).toEqual(made)

  const other = join(folder, 'other.raw')
  await writeFile(other, 'not the same')
  await expect(ours.importAgain({ id: '8', root, source: other })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  expect(ours.list().map(({ id }) => id)).toEqual(['7'])
  expect((await readdir(join(folder, 'carport'))).sort()).toEqual(['7.car'])

  const car = join(folder, 'own.car')
  await cp(fixture('car/generated/rw-v1.car'), car)
  const rootOfCar = await rootOf(car)
  expect(await ours.importAgain({ id: '9', root: rootOfCar, source: car })).toMatchObject({ kind: 'car', carPath: car })
  const [receipt] = await ours.drop({ ids: ['9'] })
  expect(receipt).toMatchObject({ deleted: [], kept: [car] })
  await ours.close()
})

async function rootOf(car: string): Promise<string> {
  const store = await openCarBlockstore(car)
  await store.close()
  return String(store.roots[0])
}
