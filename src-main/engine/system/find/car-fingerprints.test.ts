import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { ImportsManager } from '../../imports/index.ts'
import { MemoryStore } from '../../store/index.ts'
import { CarFingerprints } from './car-fingerprints.ts'
import { type FindSources, find } from './find.ts'

let home: string
let store: MemoryStore
let imports: ImportsManager
/** Roots whose CAR was opened. */
let opened: string[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'carport-find-'))
  store = new MemoryStore()
  opened = []
  const directory = join(home, 'imports')
  const options = { directory, store, tasks: inlineTaskRunner, clock: systemClock, log: silentLogger, maxConcurrent: 2 }
  imports = new ImportsManager(options)
  await imports.start()
})
afterEach(async () => {
  await imports.close()
  await rm(home, { recursive: true, force: true })
})

const none = () => []
const sources = (): FindSources => ({
  ...{ deals: none, retrievals: none, pieces: none, shards: none, transfers: none },
  imports: () => imports.list(),
  shardsWithMultihash: async () => [],
  dags: {
    open: (cid) => {
      opened.push(cid.toString())
      return imports.open(cid)
    },
  },
  prints: new CarFingerprints(store),
})
const cidOf = async (text: string) => CID.createV1(0x55, await sha256.digest(Buffer.from(text))).toString()
const idsOf = async (text: string) => (await find(text, sources())).findings.map(({ id }) => id)

async function imported(name: string, kind: 'linked' | 'self-contained' | 'car', bytes: string | Uint8Array) {
  const path = join(home, name)
  await writeFile(path, bytes)
  const { id } = await imports.begin({ path, kind, profile: 'kubo-cidv1' })
  return imports.wait({ id })
}

const long = (seed: string) => `${seed} `.repeat(200_000)
const chunk = (text: string) => text.slice(0, 262_144)

describe('finding a block among imports', () => {
  it.each(['linked', 'self-contained'] as const)('opens only what holds it: %s', async (kind) => {
    const texts = ['one', 'two', 'three'].map(long)
    const rows = []
    for (const [i, text] of texts.entries()) rows.push(await imported(`file ${i}`, kind, text))
    for (const [i, text] of texts.entries()) {
      opened = []
      expect(await idsOf(await cidOf(chunk(text)))).toEqual([rows[i]?.id])
      expect(opened).toEqual([rows[i]?.root])
    }
    opened = []
    expect(await idsOf(await cidOf('nowhere'))).toEqual([])
    expect(opened).toEqual([])
  })

  it('sees that a file has become another', async () => {
    const cars: Buffer[] = []
    for (const text of ['before', 'after']) {
      const { id, carPath } = await imported(text, 'self-contained', long(text))
      cars.push(await readFile(carPath))
      await imports.drop({ ids: [id] })
    }
    const [before, after] = [await cidOf(chunk(long('before'))), await cidOf(chunk(long('after')))]
    const row = await imported('a.car', 'car', cars[0] ?? '')
    expect(await idsOf(before)).toEqual([row.id])
    await writeFile(join(home, 'a.car'), cars[1] ?? '')
    expect(await idsOf(before)).toEqual([])
    opened = []
    await idsOf(after)
    expect(opened).toEqual([row.root])
  })

  it('is not kept from the others by one that is damaged or gone', async () => {
    const damaged = await imported('damaged', 'self-contained', long('damaged'))
    const gone = await imported('gone', 'linked', long('gone'))
    const good = await imported('good', 'linked', long('good'))
    await truncate(damaged.carPath, (await readFile(damaged.carPath)).length / 2)
    await rm(gone.carPath)
    expect(await idsOf(await cidOf(chunk(long('good'))))).toEqual([good.id])
    expect(await idsOf(await cidOf(chunk(long('gone'))))).toEqual([])
  })

  it('forgets files that are no longer there', async () => {
    const first = await imported('first', 'linked', long('first'))
    const second = await imported('second', 'linked', long('second'))
    await idsOf(await cidOf('nowhere'))
    await imports.drop({ ids: [first.id] })
    await idsOf(await cidOf('nowhere'))
    const rows: string[] = []
    for await (const { key } of store.texts('/cp/')) rows.push(key)
    expect(rows).toEqual([`/cp/${second.carPath}`])
  })

  it('tells how far it is, and can be given up', async () => {
    for (let i = 0; i < 5; i++) await imported(`file ${i}`, 'linked', long(`${i}`))
    const told: Array<[number, number]> = []
    const text = await cidOf('nowhere')
    await find(text, sources(), { onLooked: (looked, total) => told.push([looked, total]) })
    expect(told[0]).toEqual([1, 5])
    expect(told.at(-1)).toEqual([5, 5])
    store = new MemoryStore()
    const stop = new AbortController()
    const finding = find(text, sources(), { signal: stop.signal, onLooked: () => stop.abort() })
    await expect(finding).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
