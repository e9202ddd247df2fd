import { ok } from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { DealView, MigrationPlanEvent, MigrationRunEvent } from '../../../../src-shared/contract/index.ts'
import { createLogger, inlineTaskRunner, type LogFields, systemClock } from '../../base/index.ts'
import { createDagstore, type Dagstore, LotusMount, MountRegistry } from '../../dagstore/index.ts'
import type { ForeignImport, LegacyImport } from '../../imports/index.ts'
import {
  DirectoryPieceStore,
  type HttpPieceSource,
  LotusStorageSource,
  PieceSources,
  RecordedSectorLocations,
} from '../../pieces/index.ts'
import { MemoryStore } from '../../store/index.ts'
import { LotusRepositories } from '../../testing/lotus-repositories.ts'
import { Migration } from '../index.ts'

/** One Carport without network: stores, pieces, dagstore and migration over the same folder, so that it can start again. */
export class MigratingCarport {
  readonly log: Array<{ level: string; logger: string; msg: string; fields: LogFields }> = []
  readonly imports = new Map<string, ForeignImport>()
  readonly importedAgain = new Map<string, LegacyImport>()
  readonly store: MemoryStore
  readonly shardStore: MemoryStore
  readonly folder: string
  readonly storage: string[]
  deals: DealView[] = []
  servers: HttpPieceSource[] = []
  /** After that many Carport quits. */
  registrationsLeft = Number.POSITIVE_INFINITY
  pieces!: PieceSources
  dagstore!: Dagstore
  migration!: Migration
  readonly #repositories: LotusRepositories
  #own!: DirectoryPieceStore

  constructor(repositories: LotusRepositories, before?: MigratingCarport) {
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
        ...{
          store,
          ownPieces: this.#own,
          pieceServers: () => this.servers,
          locations,
          clock,
          log: log.child('dagstore'),
        },
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
  ok(done?.type === 'done')
  return {
    events: all,
    deals: rows.flatMap((part) => part.deals),
    shards: rows.flatMap((part) => part.shards),
    imports: rows.flatMap((part) => part.imports),
    done,
    report: 'report' in done ? done.report : null,
  }
}

/** What a test works with: Lotus' repositories, and one Carport at a time over them. */
export class MigrationBench {
  repositories!: LotusRepositories
  carport!: MigratingCarport

  async restart(options?: { isProvider: boolean }): Promise<MigratingCarport> {
    await this.carport.stop()
    this.carport = await new MigratingCarport(this.repositories, this.carport).start(options)
    return this.carport
  }

  plan(input: { lotusMiner?: string; lotus?: string }) {
    return collect(this.carport.migration.plan({ lotusMiner: null, lotus: null, ...input }))
  }

  run(input: { lotusMiner?: string; lotus?: string }) {
    return collect(this.carport.migration.run({ lotusMiner: null, lotus: null, ...input }))
  }
}

/** A bench for every test of a file, taken away after it. */
export function migrationBench(): MigrationBench {
  const bench = new MigrationBench()
  beforeEach(async () => {
    bench.repositories = await LotusRepositories.create()
    bench.carport = await new MigratingCarport(bench.repositories).start()
  })
  afterEach(async () => {
    await bench.carport.stop()
    await bench.repositories.remove()
  })
  return bench
}
