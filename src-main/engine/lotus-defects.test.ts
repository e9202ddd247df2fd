import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from './base/index.ts'
import { wrapCar } from './car/index.ts'
import { createEngine, type Engine } from './index.ts'

/**
 * Defects of Lotus' modules that Carport must not have, where no other test is about just that. The table of all of
 * them, each with the test that shows it, is docs/lotus-defects.md; that it is true is checked at the end.
 */

let folder: string
let engine: Engine
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-defects-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (name: string) => join(folder, name)
const profile = 'unixfs-v1-2025'

async function withEngine(work: () => Promise<void>): Promise<void> {
  engine = await createEngine({
    dataDir: at('repo'),
    workerUrl: new URL('./workers/engine.worker.ts', import.meta.url),
    host: 'headless',
    log: silentLogger,
  })
  await engine.start()
  try {
    await work()
  } finally {
    await engine.stop()
  }
}

async function importOf(path: string, kind: 'linked' | 'self-contained' | 'car') {
  const { id } = await engine.imports.begin({ path, kind, profile })
  return engine.imports.wait({ id })
}

/** Files of the test's folder that this process has open; null where the system does not tell. */
function openFiles(): string[] | null {
  if (!existsSync('/proc/self/fd')) return null
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) && !path.includes('datastore') ? [path] : []
    } catch {
      return []
    }
  })
}

describe('imports', () => {
  it('close their files when nobody reads them any more', () =>
    withEngine(async () => {
      await writeFile(at('data'), Buffer.alloc(2_500_000, 'carport'))
      const views = [await importOf(at('data'), 'linked'), await importOf(at('data'), 'self-contained')]
      const before = openFiles()
      for (let i = 0; i < 10; i++)
        for (const { root } of views) {
          const dag = await engine.imports.open(CID.parse(root ?? ''))
          await dag?.blockstore.get(CID.parse(root ?? ''))
          await dag?.release()
        }
      expect(openFiles()).toEqual(before)
    }))

  it('take a CARv1 and a CARv2 where they lie; one that fails says why and can be dropped whole', () =>
    withEngine(async () => {
      await writeFile(at('data'), Buffer.alloc(2_500_000, 'carport'))
      const root = CID.parse((await importOf(at('data'), 'self-contained')).root ?? '')
      await engine.dags.export({ root, path: '' }, { outPath: at('one.car'), format: 'car', overwrite: false })
      await wrapCar(at('one.car'), at('two.car'))
      for (const name of ['one.car', 'two.car'])
        expect(await importOf(at(name), 'car')).toMatchObject({
          state: 'ready',
          root: root.toString(),
          carPath: at(name),
        })
      await writeFile(at('none.car'), 'this is no CAR')
      await expect(importOf(at('none.car'), 'car')).rejects.toMatchObject({ kind: 'corrupt' })
      const failed = engine.imports.list().filter(({ state }) => state === 'failed')
      await engine.imports.drop({ ids: failed.map(({ id }) => id) })
      expect([failed.length, engine.imports.list().length]).toEqual([1, 3])
    }))

  it.each([0, 1, 34, 126, 127])('take a stream of %i bytes', (size) =>
    withEngine(async () => {
      async function* stream() {
        yield Buffer.alloc(size, 'x')
      }
      const view = await engine.imports.importStream({ name: 'in', stream: stream(), profile })
      expect(view).toMatchObject({ state: 'ready', sizeBytes: size })
      const node = { root: CID.parse(view.root ?? ''), path: '' }
      await engine.dags.export(node, { outPath: at('out'), format: 'files', overwrite: false })
      expect(await readFile(at('out'))).toEqual(Buffer.alloc(size, 'x'))
    }),
  )

  it('that are linked are exported with their data, and a CARv1 as a CAR', () =>
    withEngine(async () => {
      await writeFile(at('data'), Buffer.alloc(2_500_000, 'carport'))
      const linked = await importOf(at('data'), 'linked')
      const node = { root: CID.parse(linked.root ?? ''), path: '' }
      await engine.dags.export(node, { outPath: at('dense.car'), format: 'car', overwrite: false })
      await engine.imports.drop({ ids: [linked.id] })
      await rm(at('data'))
      expect((await importOf(at('dense.car'), 'car')).root).toBe(linked.root)
      await engine.dags.export(node, { outPath: at('again.car'), format: 'car', overwrite: false })
      expect((await readFile(at('again.car'))).equals(await readFile(at('dense.car')))).toBe(true)
      await engine.dags.export(node, { outPath: at('back'), format: 'files', overwrite: false })
      expect((await readFile(at('back'))).equals(Buffer.alloc(2_500_000, 'carport'))).toBe(true)
    }))
})

describe('the tables of docs/', () => {
  it('name a test for each of 26 defects', async () => {
    const rows = await rowsOf('docs/lotus-defects.md')
    expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(Array.from({ length: 26 }, (_, i) => i + 1))
    for (const row of rows) await expectNamedTests(row)
  })

  it('name a test for each case that Lotus tests', async () => {
    const rows = await rowsOf('docs/lotus-tests.md')
    expect(rows.length).toBeGreaterThan(60)
    for (const row of rows) await expectNamedTests(row)
  })
})

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

async function rowsOf(table: string): Promise<string[]> {
  const lines = (await readFile(join(PROJECT, table), 'utf8')).split('\n')
  return lines.filter((line, i) => line.startsWith('| ') && !/^\|-/.test(lines[i + 1] ?? ''))
}

async function expectNamedTests(row: string): Promise<void> {
  const named = row.slice(row.indexOf('`engine/') < 0 ? row.indexOf('`server/') : row.indexOf('`engine/'))
  const tests = named.split(/; (?=`(?:engine|server)\/)/).map((one) => /^`([^`]+)`: ([^|]+)/.exec(one))
  expect([row, tests.length > 0 && tests.every((test) => test !== null)]).toEqual([row, true])
  for (const test of tests) {
    const [, path = '', title = ''] = test ?? []
    const source = await readFile(join(PROJECT, 'src-main', path), 'utf8')
    expect([path, title.trim(), source.includes(title.trim())]).toEqual([path, title.trim(), true])
  }
}
