import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from './base/index.ts'
import { createEngine } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-engine-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = async () => {
  const engine = await createEngine({
    dataDir: join(folder, 'repo'),
    workerUrl: new URL('./workers/engine.worker.ts', import.meta.url),
    host: 'headless',
    log: silentLogger,
  })
  await engine.start()
  return engine
}

it('does the main job, and knows all of it after a restart', async () => {
  const source = join(folder, 'in.bin')
  await writeFile(source, Buffer.alloc(3_000_000, 'carport'))
  const first = await open()
  const { id } = await first.imports.begin({ path: source, kind: 'linked', profile: 'unixfs-v1-2025' })
  const { root } = await first.imports.wait({ id })
  const deal = await first.deals.propose({ root: root ?? '', provider: null })
  const active = await first.deals.wait(deal.dealId)
  const outPath = join(folder, 'out.bin')
  const retrieval = await first.retrievals.begin({
    root: root ?? '',
    from: [],
    outPath,
    format: 'files',
    overwrite: false,
  })
  await first.retrievals.wait(retrieval.dealId)
  expect(Buffer.compare(await readFile(outPath), await readFile(source))).toBe(0)
  await first.stop()

  const second = await open()
  expect(second.imports.get(id)).toMatchObject({ state: 'ready', root })
  expect(second.deals.get(deal.dealId)).toMatchObject({ state: 'active' })
  expect(second.retrievals.get(retrieval.dealId)).toMatchObject({ state: 'done', complete: true })
  expect(second.dagstore.list()).toMatchObject([{ key: active.pieceCid, state: 'Available' }])
  const [piece] = second.pieces.list()
  expect(piece).toMatchObject({ pieceCid: active.pieceCid, hasShard: true })
  expect(piece?.deals).toContain(deal.dealId)
  await second.stop()
})

it('gives a data directory to one engine at a time, and lets go of it', async () => {
  const engine = await open()
  await expect(open()).rejects.toMatchObject({ code: 'REPO_IN_USE' })
  await engine.stop()
  await (await open()).stop()
})
