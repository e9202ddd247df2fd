import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DealView, MigrationPlanEvent, MigrationRunEvent } from '../../../src-shared/contract/index.ts'
import { createLogger, inlineTaskRunner, type LogFields, systemClock } from '../base/index.ts'
import { PieceHasher } from '../commp/index.ts'
import { createDagstore, type Dagstore, LotusMount, MountRegistry } from '../dagstore/index.ts'
import { DirectoryPieceStore, LotusStorageSource, PieceSources, RecordedSectorLocations } from '../pieces/index.ts'
import { LevelStore, MemoryStore } from '../store/index.ts'
import { fixture } from '../testing/fixtures.ts'
import { LotusRepositories, treeOf } from '../testing/lotus-repositories.ts'
import { type ForeignImport, type LegacyImport, Migration } from './index.ts'

interface ExpectedDeal {
  key: string
  proposalCid?: string
  pieceCid: string
  state: number
  stateName: string
  dealId: string
  eligible: boolean
}
interface ExpectedMiner {
  deals: ExpectedDeal[]
  shards: string[]
  totals: { deals: number; registered: number }
  migrationLog: Array<{ level: string; msg: string; fields?: Record<string, string> }>
  pieces: Array<{ pieceCid: string; fetch: string; unpaddedSize: number }>
}
const read = <Value>(path: string) => JSON.parse(readFileSync(fixture(path), 'utf8')) as Value
const v1 = read<ExpectedMiner>('lotus-miner/expected.json')
const v2 = read<ExpectedMiner>('lotus-miner/after-lotus-v1.25/expected.json')
const client = read<{
  imports: Array<{ id: string; what: string; class: string; problem: string; labels: Record<string, string> }>
}>('lotus-client/expected.json')

/** One Carport without network: stores, pieces, dagstore and migration over the same folder, so that it can start again. */
class Carport {
  readonly log: Array<{ level: string; logger: string; msg: string; fields: LogFields }> = []
  readonly imports = new Map<string, ForeignImport>()
  readonly importedAgain = new Map<string, LegacyImport>()
  readonly store: MemoryStore
  readonly shardStore: MemoryStore
  readonly folder: string
  readonly storage: string[]
  deals: DealView[] = []
  /** After that many Carport quits. */
  registrationsLeft = Number.POSITIVE_INFINITY
  pieces!: PieceSources
  dagstore!: Dagstore
  migration!: Migration
  readonly #repositories: LotusRepositories
  #own!: DirectoryPieceStore

  constructor(repositories: LotusRepositories, before?: Carport) {
    this.#repositories = repositories
    this.folder = join(repositories.root, 'carport')
    this.store = before?.store ?? new MemoryStore()
    this.shardStore = before?.shardStore ?? new MemoryStore()
    this.storage = before?.storage ?? []
    this.deals = before?.deals ?? []
  }

  async start(options = { isProvider: false }): Promise<this> {
    const log = createLogger((level, logger, msg, fields) => this.log.push({ level, logger, msg, fields }))
    const { store, folder } = this
    const clock = systemClock
    const tasks = inlineTaskRunner
    await mkdir(join(folder, 'dagstore'), { recursive: true })
    this.#own = await DirectoryPieceStore.open({ directory: join(folder, 'pieces'), store, tasks, clock, log })
    const locations = new RecordedSectorLocations(store)
    this.pieces = new PieceSources({ sources: [this.#own], maxConcurrentCalls: 0 })
    this.dagstore = createDagstore({
      ...{ directory: join(folder, 'dagstore'), store: this.shardStore, tasks, clock, log },
      mounts: new MountRegistry().register('lotus', new LotusMount(this.pieces)),
    })
    await this.dagstore.start()
    const readStorage = () => {
      this.pieces.sources = [this.#own, new LotusStorageSource({ directories: [...this.storage], locations, log })]
    }
    readStorage()
    this.migration = new Migration(
      {
        ...{ store, ownPieces: this.#own, locations, clock, log: log.child('dagstore') },
        dagstore: {
          has: (key) => this.dagstore.has(key),
          registerPiece: async (key, options) => {
            if (this.registrationsLeft-- <= 0) await this.dagstore.close()
            return this.dagstore.registerPiece(key, options)
          },
        },
        imports: {
          has: (id) => this.imports.has(id) || this.importedAgain.has(id),
          takeOver: async (found) => this.imports.set(found.id, found),
          importAgain: async (found) => this.importedAgain.set(found.id, found),
        },
        tasks,
        ownDeals: () => this.deals,
        lotusStoragePaths: () => this.storage,
        addLotusStorage: async (directory) => {
          if (!this.storage.includes(directory)) this.storage.push(directory)
          readStorage()
        },
        refreshPieces: async () => {},
      },
      {
        markerPath: this.marker,
        scratchDirectory: join(folder, '.migration'),
        resolvePath: this.#repositories.resolvePath,
      },
    )
    await this.migration.start(options)
    return this
  }

  get marker(): string {
    return join(this.folder, 'dagstore/.shard-registration-complete')
  }

  async stop(): Promise<void> {
    await this.migration.close()
    await this.dagstore.close()
    await this.#own.close()
  }

  /** What Lotus' migrator logs, without the lines of results, which come in any order. */
  get migratorLog() {
    return this.log
      .filter(({ logger, msg }) => logger === 'dagstore.migrator' && !msg.startsWith('async shard registration'))
      .map(({ level, msg, fields }) => {
        const named = Object.entries(fields).map(([name, value]) => [name, String(value)])
        return named.length === 0 ? { level, msg } : { level, msg, fields: Object.fromEntries(named) }
      })
  }
}

type Event = MigrationPlanEvent | MigrationRunEvent
async function collect(events: AsyncIterable<Event>) {
  const all: Event[] = []
  for await (const event of events) all.push(event)
  const rows = all.filter((event) => event.type === 'rows')
  const done = all.at(-1)
  if (done?.type !== 'done') throw new TypeError('it did not end')
  return {
    events: all,
    deals: rows.flatMap((part) => part.deals),
    shards: rows.flatMap((part) => part.shards),
    imports: rows.flatMap((part) => part.imports),
    done,
    report: 'report' in done ? done.report : null,
  }
}

let repositories: LotusRepositories
let carport: Carport
const running: Carport[] = []
async function start(before?: Carport, options?: { isProvider: boolean }): Promise<Carport> {
  const started = await new Carport(repositories, before).start(options)
  running.push(started)
  return started
}
async function restart(options?: { isProvider: boolean }): Promise<Carport> {
  await running.pop()?.stop()
  return start(carport, options)
}

beforeEach(async () => {
  repositories = await LotusRepositories.create()
  carport = await start()
})
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
  await repositories.remove()
})

const plan = (input: { lotusMiner?: string; lotus?: string }) =>
  collect(carport.migration.plan({ lotusMiner: null, lotus: null, ...input }))
const run = (input: { lotusMiner?: string; lotus?: string }) =>
  collect(carport.migration.run({ lotusMiner: null, lotus: null, ...input }))

async function reread(key: string): Promise<string> {
  const reader = await carport.pieces.open(CID.parse(key))
  try {
    const hasher = new PieceHasher(inlineTaskRunner)
    const chunk = new Uint8Array(1 << 20)
    for (let at = 0, n = 1; n > 0; at += n) {
      n = await reader.readAt(chunk, at)
      await hasher.update(chunk.slice(0, n))
    }
    return (await hasher.finish()).pieceCid.toString()
  } finally {
    await reader.close()
  }
}

describe('a lotus-miner repository', () => {
  it('is planned as Lotus migrates it, and nothing is written anywhere', async () => {
    const lotusMiner = await repositories.miner()
    const before = await treeOf(lotusMiner)
    const planned = await plan({ lotusMiner })
    expect(planned.deals).toMatchObject(
      v1.deals.map(({ proposalCid, pieceCid, state, stateName, dealId, eligible }) => ({
        ...{ proposalCid, pieceCid, state, stateName, dealId, eligible },
      })),
    )
    expect(planned.deals.every(({ eligible, reason }) => eligible === (reason === null))).toBe(true)
    const registered = planned.shards.filter(({ action }) => action === 'register').map(({ key }) => key)
    expect(registered.sort()).toEqual([...v1.shards].sort())
    expect(planned.done).toMatchObject({
      warnings: [],
      storagePaths: [lotusMiner, join(lotusMiner, 'long-term')],
    })
    expect(await treeOf(lotusMiner)).toEqual(before)
    expect(await readdir(join(carport.folder, '.migration'))).toEqual([])
    expect(carport.dagstore.list()).toEqual([])
  })

  it('is read by its version: after Lotus v1.17 staged deals do not count any more', async () => {
    const lotusMiner = await repositories.miner()
    await rm(join(lotusMiner, 'datastore'), { recursive: true })
    await rm(join(lotusMiner, 'after-lotus-v1.25/expected.json'))
    await rename(join(lotusMiner, 'after-lotus-v1.25/datastore'), join(lotusMiner, 'datastore'))
    const planned = await plan({ lotusMiner })
    expect(planned.deals).toMatchObject(
      v2.deals.map(({ pieceCid, state, stateName, dealId, eligible }) => ({
        ...{ pieceCid, state, stateName, dealId, eligible },
      })),
    )
    const registered = planned.shards.filter(({ action }) => action === 'register').map(({ key }) => key)
    expect(registered.sort()).toEqual([...v2.shards].sort())
  })

  it('is read while Lotus has it open and writes to it', async () => {
    const lotusMiner = await repositories.miner()
    const lotus = await LevelStore.open(join(lotusMiner, 'datastore/metadata'), { compression: false })
    try {
      await lotus.put(Buffer.from('/deals/provider/1/in-between'), Buffer.from('no deal'))
      const { deals, done } = await plan({ lotusMiner })
      expect(deals).toHaveLength(v1.deals.length)
      expect(JSON.stringify(done)).toContain('in-between')
      await lotus.put(Buffer.from('/afterwards'), Buffer.from('still open'))
    } finally {
      await lotus.close()
    }
  })

  it('is told of pieces that will not be readable, beforehand', async () => {
    const { shards } = await plan({ lotusMiner: await repositories.miner() })
    const problems = new Map(shards.map((row) => [row.key, row]))
    for (const { pieceCid, fetch } of v1.pieces) {
      const row = problems.get(pieceCid)
      if (row?.action !== 'register') continue
      const isUnsealed = fetch.startsWith('unsealed')
      expect(row.reason === null).toBe(isUnsealed)
      expect(row.pieceState === 'unsealed').toBe(isUnsealed)
      if (fetch.startsWith('sealed only')) expect(row.reason).toContain('Only a sealed copy')
      if (fetch.startsWith('failed to fetch pieceInfo')) expect(row.reason).toContain('no entry')
      if (fetch.startsWith('no storage deals found')) expect(row.reason).toContain('names no sector')
    }
  })

  it('is migrated with the log of Lotus, word for word', async () => {
    const { report, done } = await run({ lotusMiner: await repositories.miner() })
    expect(carport.migratorLog).toEqual(v1.migrationLog)
    expect(report?.registered.sort()).toEqual([...v1.shards].sort())
    expect(report).toMatchObject({ present: 0, failed: [] })
    expect(done).toMatchObject({ warnings: [] })
    expect(carport.dagstore.list().map(({ key, state, url, lazy }) => ({ key, state, url, lazy }))).toEqual(
      [...v1.shards].sort().map((key) => ({ key, state: 'New', url: `lotus://${key}`, lazy: true })),
    )
    expect(existsSync(carport.marker)).toBe(true)
    expect(await carport.migration.status()).toMatchObject({
      complete: true,
      running: false,
      records: [{ state: 'done', registered: 15, present: 0, failedCount: 0 }],
    })
  })

  it('gives every unsealed piece through its shard, byte for byte, also after a restart', async () => {
    const lotusMiner = await repositories.miner()
    const before = await treeOf(lotusMiner)
    await run({ lotusMiner })
    carport = await restart()
    const unsealed = v1.pieces.filter(
      ({ fetch, pieceCid }) => fetch.startsWith('unsealed') && v1.shards.includes(pieceCid),
    )
    expect(unsealed.length).toBeGreaterThan(8)
    for (const { pieceCid } of unsealed) {
      expect(await reread(pieceCid)).toBe(pieceCid)
      const accessor = await carport.dagstore.acquire(pieceCid)
      try {
        let blocks = 0
        for await (const cid of accessor.blockstore.cids()) {
          await accessor.blockstore.get(cid)
          blocks++
        }
        expect(blocks).toBeGreaterThan(0)
      } finally {
        await accessor.close()
      }
      expect(carport.dagstore.info(pieceCid).state).toBe('Available')
    }
    expect(await treeOf(lotusMiner)).toEqual(before)
  })

  it('says why a shard without an unsealed copy cannot be read', async () => {
    await run({ lotusMiner: await repositories.miner() })
    const sealed = v1.pieces.find(({ fetch, pieceCid }) => fetch.startsWith('sealed') && v1.shards.includes(pieceCid))
    await expect(carport.dagstore.acquire(sealed?.pieceCid ?? '')).rejects.toMatchObject({ code: 'PIECE_SEALED' })
  })

  it('can be migrated again, and changes nothing', async () => {
    const lotusMiner = await repositories.miner()
    await run({ lotusMiner })
    carport = await restart()
    const again = await run({ lotusMiner })
    expect(again.report).toEqual({ registered: [], present: 15, failed: [], imported: [], importsFailed: [] })
    expect(again.shards.filter(({ action }) => action === 'present')).toHaveLength(15)
    expect((await carport.migration.status()).records).toHaveLength(2)
    expect(carport.storage).toEqual([lotusMiner])
  })

  it('goes on after Carport ended in the middle', async () => {
    const lotusMiner = await repositories.miner()
    carport.registrationsLeft = 5
    await expect(run({ lotusMiner })).rejects.toMatchObject({ code: 'CLOSED' })
    expect(existsSync(carport.marker)).toBe(false)
    carport = await restart()
    expect((await carport.migration.status()).records[0]?.state).toBe('interrupted')
    expect(carport.dagstore.list()).toHaveLength(5)
    expect((await run({ lotusMiner })).report).toMatchObject({ present: 5 })
    expect(carport.dagstore.list()).toHaveLength(15)
    expect(existsSync(carport.marker)).toBe(true)
  })

  it('leaves out damaged records with a warning', async () => {
    const lotusMiner = await repositories.miner()
    const metadata = await LevelStore.open(join(lotusMiner, 'datastore/metadata'))
    await metadata.put(Buffer.from('/deals/provider/1/bafydamaged'), Buffer.from([0xa1, 0x61]))
    await metadata.put(Buffer.from('/storagemarket/pieces/1/bagadamaged'), Buffer.from([0xff]))
    await metadata.close()
    const { deals, done } = await plan({ lotusMiner })
    expect(deals).toHaveLength(45)
    expect(done.warnings).toEqual([
      'The deal record bafydamaged is damaged and was left out.',
      'The piece record bagadamaged is damaged and was left out.',
    ])
  })

  it('is refused when it is none, or of a form that is not known', async () => {
    await expect(plan({ lotusMiner: repositories.root })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const lotusMiner = await repositories.miner()
    const metadata = await LevelStore.open(join(lotusMiner, 'datastore/metadata'))
    await metadata.put(Buffer.from('/deals/provider/versions/current'), Buffer.from('3'))
    await metadata.close()
    await expect(plan({ lotusMiner })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('a lotus client repository', () => {
  it('is judged import by import', async () => {
    const lotus = await repositories.client()
    const before = await treeOf(lotus)
    const { imports, deals, shards } = await plan({ lotus })
    expect(imports.map(({ id, verdict }) => [id, verdict])).toEqual(client.imports.map((each) => [each.id, each.class]))
    expect(imports.every(({ verdict, reason }) => (verdict === 'good') === (reason === null))).toBe(true)
    expect([deals, shards]).toEqual([[], []])
    expect(await treeOf(lotus)).toEqual(before)
  })

  it('is taken over although the disk with a source is not connected', async () => {
    const lotus = await repositories.client()
    await rm(join(repositories.root, 'reference-cars'), { recursive: true })
    const { imports, report } = await run({ lotus })
    const away = imports.filter(({ source }) => source.endsWith('ref-payload.bin'))
    expect(away).toHaveLength(2)
    for (const { id, verdict, reason } of away) {
      expect([verdict, reason]).toEqual(['good', expect.stringContaining('connect the disk')])
      expect(report?.imported).toContain(id)
    }
  })

  it('is judged although one key is not a number', async () => {
    const { imports } = await plan({ lotus: join(await repositories.client(), 'unparsable-key') })
    expect(imports.find(({ id }) => id === 'not-a-number')).toMatchObject({
      verdict: 'broken',
      reason: expect.stringContaining('not a number'),
    })
  })

  it('has its good imports taken over, once', async () => {
    const lotus = await repositories.client()
    const good = client.imports.filter((each) => each.class === 'good').map(({ id }) => id)
    const before = await treeOf(lotus)
    const { report } = await run({ lotus })
    expect(report).toMatchObject({ importsFailed: [], registered: [] })
    expect(await treeOf(lotus)).toEqual(before)
    expect(report?.imported.filter((id) => id !== '1')).toEqual(good)
    expect(carport.imports.get('1629936000123456789')).toMatchObject({
      kind: 'linked',
      sizeBytes: 1_300_000,
      carSizeBytes: 635,
      carPath: join(lotus, 'imports/1629936000123456789.car'),
    })
    expect(carport.imports.get('1629936000123456793')?.kind).toBe('car')
    expect(existsSync(carport.marker)).toBe(false)
    expect((await run({ lotus })).report?.imported).toEqual([])
  })

  it('has imports of before there were CARs imported again, if their file is as it was', async () => {
    const lotus = await repositories.client()
    const source = join(lotus, 'sources/report.txt')
    const legacy = async () => {
      const { imports } = await plan({ lotus })
      return imports.filter(({ verdict }) => verdict === 'legacy').map(({ id, action, reason }) => [id, action, reason])
    }
    const why = 'It was made before Lotus v1.11.2 and has no CAR: its blocks lie in a Badger store'
    const gone = '/srv/carport-fixtures/lotus-client/sources/gone.txt is not there any more.'
    const unnamed = 'Lotus did not note a file to import again.'
    expect(await legacy()).toEqual([
      ['1', 'import-again', expect.stringMatching(/report\.txt is as it was, and is imported again\.$/)],
      ['12', 'skip', `${why}, and ${gone}`],
      ...['2', '3', '4'].map((id) => [id, 'skip', `${why}, and ${unnamed}`]),
    ])
    const { report } = await run({ lotus })
    expect(report?.imported).toContain('1')
    const root = client.imports.find(({ id }) => id === '1')?.labels.root
    expect(carport.importedAgain.get('1')).toEqual({ id: '1', root, source })
    expect((await run({ lotus })).report?.imported).toEqual([])

    carport.importedAgain.clear()
    await writeFile(source, 'somebody has written to it since')
    expect((await legacy())[0]).toEqual(['1', 'skip', expect.stringContaining('has changed since: its root would be')])
  })

  it('is found in another place than it was made in', async () => {
    const lotus = await repositories.client()
    const store = await LevelStore.open(join(lotus, 'datastore/metadata'))
    const key = Buffer.from('/client/stores/1629936000123456792')
    const moved = Buffer.from((await store.get(key)) ?? '')
      .toString()
      .replace('/srv/carport-fixtures/lotus-client/imports', '/home/somebody/.lotus/imports')
    await store.put(key, Buffer.from(moved))
    await store.close()
    const { imports } = await plan({ lotus })
    expect(imports.find(({ id }) => id === '1629936000123456792')).toMatchObject({
      verdict: 'good',
      carPath: join(lotus, 'imports/1629936000123456792.car'),
    })
  })
})

describe('the first start of the provider role', () => {
  const [pieceCid = '', other = ''] = v1.shards
  const deal = (dealId: string, state: DealView['state'], piece: string, role: DealView['role'] = 'provider') =>
    ({ dealId, state, role, pieceCid: piece, pieceSize: 1024 }) as DealView

  it('makes shards of active deals, once', async () => {
    carport.deals = [
      deal('1', 'active', pieceCid),
      deal('2', 'active', pieceCid),
      deal('3', 'failed', other),
      deal('4', 'active', other, 'client'),
    ]
    carport = await restart({ isProvider: true })
    expect(carport.dagstore.list().map(({ key, state }) => [key, state])).toEqual([[pieceCid, 'New']])
    expect(existsSync(carport.marker)).toBe(true)
    expect(carport.log.map(({ msg }) => msg)).toContain('dagstore migration completed successfully')
    await carport.dagstore.destroy(pieceCid)
    carport = await restart({ isProvider: true })
    expect(carport.dagstore.list()).toEqual([])
    expect(carport.log.map(({ msg }) => msg)).toContain('no shard migration necessary; already marked complete')
  })

  it('is done again after it was stopped before the marker', async () => {
    carport.deals = [deal('1', 'active', pieceCid), deal('2', 'active', other)]
    carport = await restart({ isProvider: true })
    await rm(carport.marker)
    carport = await restart({ isProvider: true })
    expect(carport.dagstore.list()).toHaveLength(2)
    expect((await carport.migration.status()).records[0]).toMatchObject({ source: 'own', registered: 0, present: 2 })
  })

  it('clears copies of metadata that a crash left', async () => {
    await mkdir(join(carport.folder, '.migration/metadata-x'), { recursive: true })
    await writeFile(join(carport.folder, '.migration/metadata-x/CURRENT'), '')
    carport = await restart()
    expect(existsSync(join(carport.folder, '.migration'))).toBe(false)
  })
})
