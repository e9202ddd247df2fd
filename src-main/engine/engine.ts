import { join } from 'node:path'
import { VERSION } from '../../src-shared/version.ts'
import { type Clock, type Logger, systemClock, Teardown } from './base/index.ts'
import { firstOf } from './blockstore/index.ts'
import { BrowseSessions } from './browse/index.ts'
import { Config, parseListenAddress } from './config/index.ts'
import { ConfiguredPieces } from './configured-pieces.ts'
import { DagTools } from './dags/index.ts'
import { type Bulk, createDagstore, type Dagstore, ShardsTopic } from './dagstore/index.ts'
import { type DataDirectory, openDataDirectory } from './data-directory.ts'
import { createDeals, type Deals } from './deals/index.ts'
import { handOffTo } from './hand-off.ts'
import { ImportsManager } from './imports/index.ts'
import { CarInspector, DroppedCars } from './inspect/index.ts'
import { Migration } from './migration/index.ts'
import { mountsOver } from './mounts.ts'
import { createProviderServer, type ProviderServer } from './net/index.ts'
import { DirectoryPieceStore, PieceRows, RecordedSectorLocations } from './pieces/index.ts'
import { createRetrievals, type Retrievals } from './retrievals/index.ts'
import { type LevelRepair, LevelStore } from './store/index.ts'
import { ActivityLog, CarFingerprints, DiskMeter, type FindSources, printNewCars, System } from './system/index.ts'
import { createTransfers, type Transfers } from './transfer/index.ts'
import { SavedViews } from './views/index.ts'
import { WorkerPool } from './workers/index.ts'

export interface EngineOptions {
  dataDir: string
  /** The worker's entry: a file that the host's bundler made, or engine.worker.ts under a type-stripping Node. */
  workerUrl: URL
  host: 'desktop' | 'headless' | 'command-line'
  log: Logger
  environment?: NodeJS.ProcessEnv
  clock?: Clock
}

/** The engine's face: one property for each topic of the contract. */
export interface Engine {
  readonly config: Config
  readonly directory: DataDirectory
  readonly imports: ImportsManager
  readonly deals: Deals
  readonly retrievals: Retrievals
  readonly transfers: Transfers
  readonly dagstore: Dagstore
  readonly shards: ShardsTopic
  readonly bulk: Bulk
  readonly browse: BrowseSessions
  readonly pieces: DirectoryPieceStore
  /** Every place that pieces are read from. */
  readonly placesOfPieces: ConfiguredPieces
  readonly migration: Migration
  /** Work on whole DAGs that are on this machine. */
  readonly dags: DagTools
  readonly inspect: CarInspector
  readonly views: SavedViews
  readonly droppedCars: DroppedCars
  readonly system: System
  /** What was unfinished goes on, or says that it was interrupted. */
  start(): Promise<void>
  /** Stops promptly and in order; what runs can go on at the next start. */
  stop(): Promise<void>
}

/**
 * Builds the modules in order. Fails with REPO_IN_USE when another process owns the data directory: its LevelDB's lock
 * is the directory's lock, and is freed however that process ends.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const teardown = new Teardown()
  try {
    return await build(options, teardown)
  } catch (error) {
    await teardown.run()
    throw error
  }
}

async function build(options: EngineOptions, teardown: Teardown): Promise<Engine> {
  const { environment = {}, clock = systemClock } = options
  const config = await Config.load((await openDataDirectory(options.dataDir)).root, environment)
  const { values } = config
  const directory = await openDataDirectory(options.dataDir, values.DAGStore.RootDir)
  const activity = new ActivityLog(options.log, clock)
  const log = activity.logger
  const onRepaired = ({ directory: repaired, problems, keptAt }: LevelRepair) =>
    log.child('store').warn('damaged records were repaired: what could not be read is missing', {
      directory: repaired,
      problems: problems.join(' '),
      keptAt,
    })
  const store = teardown.add(await LevelStore.open(directory.datastore, { onRepaired }), (opened) => opened.close())
  const tasks = teardown.add(new WorkerPool({ workerUrl: options.workerUrl }), (pool) => pool.close())

  const pieceLog = log.child('pieces')
  const rows = new PieceRows()
  const pieces = teardown.add(
    await DirectoryPieceStore.open({ directory: directory.pieces, store, tasks, clock, log: pieceLog, rows }),
    (opened) => opened.close(),
  )
  const locations = new RecordedSectorLocations(store)
  const placesOfPieces = teardown.add(
    await ConfiguredPieces.open({ config, own: pieces, rows, locations, clock, log: pieceLog }),
    (opened) => opened.close(),
  )
  const { sources } = placesOfPieces
  const dagstoreDb = teardown.add(
    await LevelStore.open(join(directory.dagstore, 'datastore'), { compression: false, onRepaired }),
    (opened) => opened.close(),
  )
  const dagstore = teardown.add(
    createDagstore({
      directory: directory.dagstore,
      store: dagstoreDb,
      tasks,
      mounts: mountsOver(sources, config, clock),
      clock,
      log: log.child('dagstore'),
      config: values.DAGStore,
    }),
    (opened) => opened.close(),
  )
  const browse = teardown.add(new BrowseSessions(dagstore), (sessions) => sessions.close())

  const transfers = teardown.add(
    createTransfers(
      { store, clock, log: log.child('transfer') },
      {
        maxConcurrentRetrievals: values.Client.MaxConcurrentTransfers,
        maxConcurrentDeals: values.Provider.MaxConcurrentTransfers,
      },
    ),
    (opened) => opened.close(),
  )
  const imports = teardown.add(
    new ImportsManager({
      directory: directory.imports,
      store,
      tasks,
      clock,
      log: log.child('importmgr'),
      maxConcurrent: values.Client.MaxConcurrentImports,
    }),
    (manager) => manager.close(),
  )
  let provider: ProviderServer | null = null
  const ownProvider = () => provider?.url ?? null
  const retrievals = teardown.add(
    createRetrievals(
      { store, clock, log: log.child('retrievals'), transfers, dags: imports, ownProvider },
      { directory: directory.retrievals },
    ),
    (opened) => opened.close(),
  )
  const held = firstOf(imports, retrievals)
  const deals = teardown.add(
    createDeals(
      {
        store,
        clock,
        log: log.child('deals'),
        tasks,
        transfers,
        dags: held,
        importOf: (root) => imports.findByRoot(root)?.id ?? null,
        ownProvider,
        handOff: handOffTo({ pieces, dagstore, log: log.child('deals') }),
      },
      {
        stagingDirectory: directory.dealStaging,
        dataListener: parseListenAddress(values.Deals.DataListenAddress),
        dataUrl: values.Deals.DataUrl === '' ? undefined : values.Deals.DataUrl,
      },
    ),
    (opened) => opened.close(),
  )
  if (values.Provider.Enabled) {
    provider = teardown.add(
      createProviderServer(
        { clock, log: log.child('net'), transfers, dags: dagstore.asDagSource(), pieces: sources, deals: deals.door },
        { listen: parseListenAddress(values.Provider.ListenAddress), version: VERSION },
      ),
      (server) => server.close(),
    )
  }
  const migration = teardown.add(
    new Migration(
      {
        store,
        dagstore,
        ownPieces: pieces,
        pieceServers: () => placesOfPieces.servers,
        locations,
        imports: {
          has: (id) => imports.table.get(id) !== undefined,
          takeOver: (found) => imports.takeOver(found),
          importAgain: (found, work) => imports.importAgain(found, work),
        },
        ownDeals: () => deals.list(),
        lotusStoragePaths: () => values.Pieces.LotusStoragePaths,
        addLotusStorage: (path) => addLotusStorage(config, path),
        async refreshPieces() {
          await placesOfPieces.refreshRows()
          for (const { pieceCid, source } of pieces.list()) if (source === 'directory') pieces.refresh(pieceCid)
        },
        tasks,
        clock,
        log: log.child('dagstore'),
      },
      {
        markerPath: join(directory.dagstore, '.shard-registration-complete'),
        scratchDirectory: join(directory.root, '.migration'),
      },
    ),
    (opened) => opened.close(),
  )

  const links = {
    deals: (pieceCid: string) => deals.dealsOfPiece(pieceCid),
    lotusDeals: (pieceCid: string) => migration.dealsOfPiece(pieceCid),
  }
  pieces.setLinks({ ...links, hasShard: (pieceCid) => dagstore.has(pieceCid) })
  dagstore.setLinks(links)

  const inspect = new CarInspector({ tasks, clock })
  const views = await SavedViews.open({ store, clock, log })
  const droppedCars = teardown.add(
    new DroppedCars({
      folder: join(directory.root, 'dropped'),
      isUsed: (path) => imports.list().some(({ source }) => source === path),
      log: log.child('inspect'),
    }),
    (opened) => opened.clear(),
  )
  const disk = new DiskMeter(directory.root, {
    imports: directory.imports,
    retrievals: directory.retrievals,
    staging: directory.dealStaging,
    pieces: directory.pieces,
    indexes: join(directory.dagstore, 'index'),
    postings: join(directory.dagstore, 'postings'),
    transients: join(directory.dagstore, 'transients'),
    metadata: directory.datastore,
    logs: directory.logs,
  })
  const prints = new CarFingerprints(store)
  teardown.add(printNewCars(imports.table, prints), (following) => following.dispose())
  const found: FindSources = {
    imports: () => imports.list(),
    deals: () => deals.list(),
    retrievals: () => retrievals.list(),
    pieces: () => pieces.list(),
    shards: () => dagstore.table.rows(),
    transfers: () => transfers.list(),
    shardsWithMultihash: (multihash) => dagstore.lookup(multihash),
    dags: held,
    prints,
  }
  const system = teardown.add(
    new System({ ...found, host: options.host, directory, ownProvider, disk, activity, clock }),
    (opened) => opened.close(),
  )
  teardown.add(
    dagstore.traces.listen(({ key, op }) => {
      if (op === 'Register' || op === 'Destroy') pieces.refresh(key)
    }),
    (listening) => listening.dispose(),
  )
  teardown.add(
    config.changes.listen((key) => {
      imports.maxConcurrent = values.Client.MaxConcurrentImports
      transfers.setLimit('retrievals', values.Client.MaxConcurrentTransfers)
      transfers.setLimit('deals', values.Provider.MaxConcurrentTransfers)
      dagstore.configure(values.DAGStore)
      void placesOfPieces.configure()
      if (key.startsWith('Pieces.')) void placesOfPieces.refreshRows()
    }),
    (listening) => listening.dispose(),
  )

  return {
    ...{
      config,
      directory,
      imports,
      deals,
      retrievals,
      transfers,
      dagstore,
      browse,
      pieces,
      placesOfPieces,
      migration,
      dags: new DagTools({ held, anywhere: firstOf(held, dagstore.asDagSource()), tasks, clock }),
      inspect,
      views,
      droppedCars,
      system,
    },
    shards: new ShardsTopic(dagstore, clock),
    bulk: dagstore.bulk,
    async start() {
      let serving = () => {}
      const quiet = new Promise<void>((resolve) => {
        serving = resolve
      })
      try {
        await imports.start(quiet)
        await droppedCars.clear()
        await transfers.start()
        await dagstore.start()
        await provider?.start()
        await retrievals.start()
        await deals.start()
        for (const { pieceCid } of pieces.list()) pieces.refresh(pieceCid) // shards and deals are known only now
        await migration.start({ isProvider: values.Provider.Enabled })
      } finally {
        serving()
      }
      void placesOfPieces.refreshRows()
      log.info('engine started', { dataDir: directory.root, provider: ownProvider(), version: VERSION })
    },
    stop: () => teardown.run(),
  }
}

/** Names a Lotus installation in the settings, where people see it and can take it out again. */
async function addLotusStorage(config: Config, path: string): Promise<void> {
  const known = config.values.Pieces.LotusStoragePaths
  if (!known.includes(path)) await config.set('Pieces.LotusStoragePaths', JSON.stringify([...known, path]))
}
