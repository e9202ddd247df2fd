import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { InitializeEvent, ShardDetail, ShardState, ShardView } from '../../../src-shared/contract/index.ts'
import { EngineError, parseCid, Table, Throttle, throwIfAborted } from '../base/index.ts'
import type { Blockstore, DagSource } from '../blockstore/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { afterStart } from './after-start.ts'
import { AllShardsBlockstore } from './all-shards-blockstore.ts'
import { BulkWork } from './bulk-work.ts'
import type {
  AllShardsOptions,
  CallOptions,
  Dagstore,
  DagstoreConfig,
  DagstoreOptions,
  GcReport,
  IndexPage,
  InitializeAllOptions,
  RegisterOptions,
  ShardAccessor,
  ShardLinks,
  ShardLookup,
} from './dagstore-ports.ts'
import { GarbageCollector } from './garbage-collector.ts'
import { indexPage, indexPageTask } from './index-page.ts'
import { DirectoryIndexRepo } from './index-repo/directory-index-repo.ts'
import { IndexJournal } from './index-repo/index-journal.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import { initializeAll } from './initialize-all.ts'
import { ShardLookups } from './inverted-index/shard-lookups.ts'
import { type DamagedRow, damagedView, loadShards, type Unfinished } from './load-shards.ts'
import type { Mount } from './mount/mount.ts'
import { Periodic } from './periodic.ts'
import type { PreparePorts } from './prepare-shard.ts'
import { RecordWriter } from './records/record-writer.ts'
import { isUsableShardKey, type ShardRecords, StoreShardRecords } from './records/shard-records.ts'
import { endRemovals, removeShard } from './remove-shard.ts'
import { type DagstoreSettings, settingsFrom } from './settings.ts'
import { Shard } from './shard.ts'
import { ShardDagSource } from './shard-dag-source.ts'
import { shardDetail } from './shard-detail.ts'
import { ShardRunner } from './shard-runner.ts'
import { removeOrphans } from './transients/remove-orphans.ts'
import { sizeOf, TransientFolder } from './transients/transient-folder.ts'
import { TransientSpace } from './transients/transient-space.ts'
import { Upgrader } from './transients/upgrader.ts'

export function createDagstore(options: DagstoreOptions): Dagstore {
  return new EngineDagstore(options)
}

const MAX_KEY_BYTES = 1024
const SETTLE_INTERVAL_MS = 60_000
/** What is not synced by then is checked at the next start. */
const SETTLE_AT_CLOSE_MS = 1000

class EngineDagstore implements Dagstore {
  readonly table = new Table<ShardView>((view) => view.key)
  readonly #options: DagstoreOptions
  readonly #records: ShardRecords
  readonly #writer: RecordWriter
  readonly #repo: IndexRepo
  readonly #lookups: ShardLookups
  readonly #folder: TransientFolder
  readonly #indexing: Throttle
  readonly #runner: ShardRunner
  readonly #ports: PreparePorts
  readonly #collector: GarbageCollector
  readonly #settling: Periodic
  readonly #bulk = new BulkWork()
  #settings: DagstoreSettings
  #shards = new Map<string, Shard>()
  #damaged = new Map<string, DamagedRow>()
  /** Destructions under way: a key is free again when its has ended. */
  readonly #removing = new Map<string, Promise<void>>()
  #links: ShardLinks = { deals: () => [] }
  readonly #reading = {
    lookup: (cid: CID, signal?: AbortSignal) => this.lookup(cid, { signal }),
    acquire: (key: string, signal?: AbortSignal) => this.acquire(key, { signal }),
  }
  #state: 'new' | 'started' | 'closed' = 'new'

  constructor(options: DagstoreOptions) {
    const { directory, store, tasks, clock, log } = options
    this.#options = options
    this.#settings = settingsFrom(options.config ?? {})
    this.#records = new StoreShardRecords(store)
    this.#repo = new DirectoryIndexRepo(join(directory, 'index'), new IndexJournal(store))
    this.#writer = new RecordWriter(this.#records, () => this.#repo.sync())
    this.#lookups = new ShardLookups(store, this.#repo, this.#settings.GoInvertedIndex)
    this.#indexing = new Throttle(this.#settings.MaxConcurrentIndex)
    const space = new TransientSpace(clock, spaceLimits(this.#settings))
    const fetches = new Throttle(this.#settings.MaxConcurrentReadyFetches)
    this.#folder = new TransientFolder(join(directory, 'transients'), space, fetches)
    const step: PreparePorts['step'] = (key, name) => options.onStep?.({ key, name })
    this.#ports = { repo: this.#repo, lookups: this.#lookups, tasks, indexing: this.#indexing, log, step }
    this.#runner = new ShardRunner(
      { ...this.#ports, writer: this.#writer, table: this.table, now: () => clock.now() },
      runnerSettings(this.#settings),
    )
    this.#collector = new GarbageCollector(
      {
        shards: () => this.#shards.values(),
        space,
        clock,
        log,
        mayRun: () => !this.#bulk.paused,
        beforeEach: (shard) => this.#runner.openShards.drop(shard.key),
        afterEach: (shard) => {
          this.#inBackground(this.#runner.persist(shard))
          this.#show(shard)
        },
      },
      this.#settings.GCInterval,
    )
    this.#settling = new Periodic(clock, SETTLE_INTERVAL_MS, () =>
      this.#repo.settle(this.#bulk.signal).catch((thrown: unknown) => {
        log.warn('index files could not be synced', { error: EngineError.from(thrown).message })
      }),
    )
  }

  get traces(): Dagstore['traces'] {
    return this.#runner.traces
  }

  get failures(): Dagstore['failures'] {
    return this.#runner.failures
  }

  get paused(): boolean {
    return this.#bulk.paused
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new EngineError('CLOSED', 'The dagstore was started already, or is closed.')
    const { log, mounts } = this.#options
    await mkdir(this.#folder.directory, { recursive: true })
    await this.#repo.open()
    const loaded = await loadShards({
      records: this.#records,
      mounts,
      indexed: this.#repo,
      policy: this.#settings.RecoverOnStart,
      upgraderFor: (key, mount, transientPath) => this.#upgrader(key, mount, transientPath),
      log,
    })
    for (const rowName of loaded.misplaced) await this.#writer.write({ remove: rowName })
    await endRemovals(loaded.shards, { records: this.#records, repo: this.#repo, writer: this.#writer })
    const damagedRecords = [...loaded.damaged.values()].map(({ text }) => text)
    await removeOrphans(this.#folder, { shards: loaded.shards.values(), damagedRecords }, log)
    this.#shards = loaded.shards
    this.#damaged = loaded.damaged
    for (const row of loaded.damaged.values()) this.table.set(damagedView(row))
    for (const shard of loaded.shards.values()) this.table.set(shard.view)
    this.#state = 'started'
    void this.#lookups.open(this.#shards)
    this.#inBackground(
      afterStart(
        { shards: new Map(loaded.shards), unfinished: loaded.unfinished },
        {
          ...this.#ports,
          bulk: this.#bulk,
          goOn: (unfinished) => this.#goOn(unfinished),
          loseIndex: (shard, error) => this.#loseIndex(shard, error),
          changed: (shard) => this.#show(shard),
        },
      ),
    )
    this.#collector.start()
    this.#settling.start()
    log.info('dagstore started', { shards: loaded.shards.size, damaged: loaded.damaged.size })
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#bulk.close()
    await Promise.all([this.#collector.close(), this.#settling.close()])
    await this.#runner.close(this.#shards.values())
    await this.#repo.settle(AbortSignal.timeout(SETTLE_AT_CLOSE_MS)).catch(() => {})
  }

  configure(config: DagstoreConfig): void {
    this.#settings = settingsFrom(config, this.#settings)
    this.#indexing.limit = this.#settings.MaxConcurrentIndex
    this.#folder.throttle.limit = this.#settings.MaxConcurrentReadyFetches
    this.#folder.space.limits = spaceLimits(this.#settings)
    this.#runner.settings = runnerSettings(this.#settings)
    this.#collector.intervalMs = this.#settings.GCInterval
  }

  pause(): void {
    this.#bulk.pause()
  }

  resume(): void {
    this.#bulk.resume()
  }

  settled(): Promise<void> {
    return this.#runner.settled()
  }

  async register(key: string, mount: Mount | string, options: RegisterOptions = {}): Promise<ShardView> {
    this.#assertStarted()
    throwIfAborted(options.signal)
    assertUsableKey(key)
    const mounted = typeof mount === 'string' ? this.#options.mounts.fromUrl(mount) : mount
    this.#options.mounts.urlOf(mounted)
    const given =
      options.existingTransient === undefined ? '' : await this.#existingTransient(key, options.existingTransient)
    while (this.#removing.has(key)) await this.#removing.get(key)
    if (this.#shards.has(key))
      throw new EngineError('SHARD_EXISTS', `The shard ${key} is registered already.`, { details: { key } })
    const shard = new Shard(key, options.lazy === true, this.#upgrader(key, mounted, given))
    this.#shards.set(key, shard)
    this.#damaged.delete(key)
    try {
      await this.#runner.ask(shard, { type: 'register', lazy: shard.lazy }, options.signal)
    } catch (error) {
      await shard.persisted.catch(() => {
        // The record could not be written: then there is no shard.
        if (this.#shards.get(key) === shard && shard.facts.state === 'New') this.#forget(key)
      })
      throw error
    }
    return shard.view
  }

  async registerPiece(pieceCid: CID | string, options: RegisterOptions = {}): Promise<ShardView> {
    const key = parsePieceCid(pieceCid).pieceCid.toString()
    const shard = this.#shards.get(key)
    if (shard !== undefined) return shard.view
    try {
      return await this.register(key, `lotus://${key}`, options)
    } catch (error) {
      if (!EngineError.is(error, 'SHARD_EXISTS')) throw error
      return this.info(key)
    }
  }

  async acquire(key: string, options: CallOptions = {}): Promise<ShardAccessor> {
    return this.#runner.acquire(this.#shard(key), options.signal)
  }

  async load(key: string, options: CallOptions = {}): Promise<ShardAccessor> {
    if (!this.#shards.has(key) && !this.#damaged.has(key) && isPieceCidText(key)) {
      this.#options.log.warn('failed to load shard as shard is not registered, will re-register', { pieceCid: key })
      await this.registerPiece(key, { ...options, lazy: true })
      this.#options.log.warn('successfully re-registered shard', { pieceCid: key })
    }
    return this.acquire(key, options)
  }

  async initialize(key: string, options: CallOptions = {}): Promise<ShardView> {
    const shard = this.#shard(key)
    await this.#runner.ask(shard, { type: 'initialize' }, options.signal)
    return shard.view
  }

  initializeAll(options: InitializeAllOptions): AsyncGenerator<InitializeEvent, void, void> {
    this.#assertStarted()
    return initializeAll(
      {
        shards: this.#sorted().filter((shard) => shard.facts.state === 'New'),
        initialize: (shard, signal) => this.#runner.ask(shard, { type: 'initialize' }, signal),
        mayGoOn: () => this.#bulk.mayGoOn(),
      },
      options,
    )
  }

  async recover(key: string, options: CallOptions = {}): Promise<ShardView> {
    const shard = this.#shard(key)
    await this.#runner.ask(shard, { type: 'recover' }, options.signal)
    return shard.view
  }

  async destroy(key: string): Promise<ShardView> {
    this.#assertStarted()
    const damaged = this.#damaged.get(key)
    if (damaged !== undefined && !this.#shards.has(key)) {
      await this.#writer.write({ remove: damaged.rowName })
      await this.#writer.write({ removed: damaged.rowName }) // its files, if it has any, are not known
      this.#forget(key)
      return damagedView(damaged)
    }
    const shard = this.#shard(key)
    const { view } = shard
    let refusal: EngineError | undefined
    const waiter = {
      resolve: () => {},
      reject: (error: EngineError) => {
        refusal = error
      },
    }
    this.#runner.dispatch(shard, { type: 'destroy' }, { waiter })
    if (refusal !== undefined) throw refusal
    this.#runner.openShards.drop(key)
    this.#forget(key)
    const removal = removeShard(shard, { ...this.#ports, writer: this.#writer })
    this.#removing.set(key, removal)
    this.#inBackground(removal)
    try {
      await removal
    } finally {
      this.#removing.delete(key)
    }
    return view
  }

  gc(options: { dryRun?: boolean } = {}): Promise<GcReport> {
    this.#assertStarted()
    return this.#collector.collect(options)
  }

  has(key: string): boolean {
    return this.#shards.has(key)
  }

  info(key: string): ShardView {
    const damaged = this.#damaged.get(key)
    if (damaged !== undefined && !this.#shards.has(key)) return damagedView(damaged)
    return this.#shard(key).view
  }

  list(filter: { state?: ShardState | null; failed?: boolean } = {}): ShardView[] {
    const { state = null, failed = false } = filter
    const wanted = (view: ShardView) =>
      (state === null || view.state === state) && (!failed || view.state === 'Errored')
    return [...[...this.#damaged.values()].map(damagedView), ...[...this.#shards.values()].map((shard) => shard.view)]
      .filter(wanted)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async detail(key: string, options: CallOptions = {}): Promise<ShardDetail> {
    const damaged = this.#damaged.get(key)
    if (damaged !== undefined && !this.#shards.has(key))
      return { ...damagedView(damaged), blockCount: null, indexCodec: null, attempts: [], copies: [], deals: [] }
    return shardDetail(this.#shard(key), this.#repo, this.#links.deals(key), options.signal)
  }

  async lookup(block: CID | string | Uint8Array, options: CallOptions = {}): Promise<ShardLookup[]> {
    this.#assertStarted()
    throwIfAborted(options.signal)
    const keys = await this.#lookups.lookup(multihashOf(block))
    return keys
      .flatMap((key) => {
        const shard = this.#shards.get(key)
        return shard === undefined ? [] : [{ key, state: shard.facts.state, error: shard.facts.error }]
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async indexEntries(
    key: string,
    { from, limit, signal }: { from: number; limit: number } & CallOptions,
  ): Promise<IndexPage> {
    this.#shard(key)
    const index = await this.#repo.get(key) // says what is wrong with it
    try {
      const path = (await this.#repo.stat(key))?.path ?? null
      if (path === null) return await indexPage(index, from, limit, signal)
      return await this.#options.tasks.run(indexPageTask, { path, from, limit }, { signal })
    } finally {
      await index.close()
    }
  }

  asDagSource(): DagSource {
    return new ShardDagSource(this.#reading)
  }

  asBlockstore(options?: AllShardsOptions): Blockstore {
    return new AllShardsBlockstore(this.#reading, options)
  }

  setLinks(links: ShardLinks): void {
    this.#links = links
  }

  #assertStarted(): void {
    if (this.#state === 'started') return
    throw new EngineError(
      'CLOSED',
      this.#state === 'new' ? 'The dagstore has not started yet.' : 'The dagstore is closed.',
    )
  }

  #shard(key: string): Shard {
    this.#assertStarted()
    const shard = this.#shards.get(key)
    if (shard !== undefined) return shard
    const damaged = this.#damaged.get(key)
    if (damaged !== undefined) throw new EngineError('MOUNT_INVALID', damaged.reason, { details: { key } })
    throw new EngineError('SHARD_NOT_FOUND', `There is no shard ${key}.`, { details: { key } })
  }

  #sorted(): Shard[] {
    return [...this.#shards.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  #upgrader(key: string, mount: Mount, transientPath: string): Upgrader {
    return new Upgrader({ key, mount, folder: this.#folder, transientPath, onStep: this.#ports.step })
  }

  async #existingTransient(key: string, path: string): Promise<string> {
    const absolute = resolve(path)
    if ((await sizeOf(absolute)) !== null) return absolute
    this.#options.log.warn('the existing transient does not exist; the piece will be fetched', { shard: key, path })
    return ''
  }

  #show(shard: Shard): void {
    if (!shard.facts.gone) this.table.set(shard.view)
  }

  #forget(key: string): void {
    this.#shards.delete(key)
    this.#damaged.delete(key)
    this.table.delete(key)
  }

  #inBackground(work: Promise<unknown>): void {
    this.#runner.track(
      work.catch((thrown: unknown) => {
        const error = EngineError.from(thrown)
        if (error.code !== 'CLOSED' && error.code !== 'CANCELLED')
          this.#options.log.error('background work of the dagstore failed', { error: error.message })
      }),
    )
  }

  async #goOn({ shard, what }: Unfinished): Promise<void> {
    if (what === 'heal')
      return this.#loseIndex(shard, new EngineError('INDEX_MISSING', `The index of shard ${shard.key} is missing.`))
    const state = what === 'initialize' ? 'New' : 'Errored'
    if (shard.facts.state === state) await this.#runner.ask(shard, { type: what })
  }

  async #loseIndex(shard: Shard, error: EngineError): Promise<void> {
    if (shard.facts.state !== 'Available') return
    this.#options.log.warn('the index of a shard is lost', { shard: shard.key, error: error.message })
    const heal = this.#runner.healsIndexes
    this.#runner.dispatch(shard, { type: 'indexLost', error: error.message, heal, reader: false }, { error })
    await shard.work?.ended
  }
}

function assertUsableKey(key: string): void {
  if (isUsableShardKey(key) && Buffer.byteLength(key) <= MAX_KEY_BYTES) return
  throw new EngineError(
    'INVALID_ARGUMENT',
    `"${key.slice(0, 100)}" cannot be a shard key: keys have 1 to ${MAX_KEY_BYTES} bytes and no empty, "." or ".." part between slashes.`,
  )
}

function isPieceCidText(key: string): boolean {
  try {
    return parsePieceCid(key).pieceCid.toString() === key
  } catch {
    return false
  }
}

function multihashOf(block: CID | string | Uint8Array): Uint8Array {
  if (block instanceof Uint8Array) return block
  return (typeof block === 'string' ? parseCid(block) : block).multihash.bytes
}

function spaceLimits(settings: DagstoreSettings) {
  return {
    maxBytes: settings.MaxTransientsSize,
    highWatermark: settings.TransientsHighWatermark,
    lowWatermark: settings.TransientsLowWatermark,
  }
}

function runnerSettings(settings: DagstoreSettings) {
  return {
    maxRecoverAttempts: settings.MaxRecoverAttempts,
    healsIndexes: settings.RecoverOnStart !== 'DoNotRecover',
    maxIdleOpenShards: settings.MaxIdleOpenShards,
  }
}
