import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import type {
  BulkState,
  InitializeEvent,
  ShardAudit,
  ShardDetail,
  ShardState,
  ShardView,
} from '../../../src-shared/contract/index.ts'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { Blockstore, DagSource } from '../blockstore/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { type AfterStartPorts, afterStart, enterWhatIsMissing } from './after-start.ts'
import { AllShardsBlockstore } from './all-shards-blockstore.ts'
import { type AuditShardOptions, auditShard } from './audit/audit-shard.ts'
import { BulkRuns, type BulkRunsPorts } from './bulk/bulk-runs.ts'
import { doToShard } from './bulk/do-to-shard.ts'
import { DagstoreParts } from './dagstore-parts.ts'
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
import { fileNameOfKey } from './file-names.ts'
import { indexPageOf } from './index-page.ts'
import { initializeAll } from './initialize-all.ts'
import { damagedView, type LoadedShards, loadShards, readRows, type Unfinished } from './load-shards.ts'
import type { Mount } from './mount/mount.ts'
import { multihashOf } from './multihashes.ts'
import type { ShardRecord } from './records/shard-record.ts'
import type { StoredRow } from './records/shard-records.ts'
import { endRemovals, removeShard } from './remove-shard.ts'
import { Shard } from './shard.ts'
import { damagedDetail } from './shard-catalog.ts'
import { ShardDagSource } from './shard-dag-source.ts'
import { shardDetail } from './shard-detail.ts'
import { assertUsableKey, isPieceCidText } from './shard-keys.ts'
import { removeOrphans } from './transients/remove-orphans.ts'
import { sizeOf } from './transients/transient-folder.ts'

export function createDagstore(options: DagstoreOptions): Dagstore {
  return new EngineDagstore(options)
}

/** What is not synced by then is checked at the next start. */
const SETTLE_AT_CLOSE_MS = 1000

class EngineDagstore implements Dagstore {
  readonly #options: DagstoreOptions
  readonly #parts: DagstoreParts
  /** Destructions under way: a key is free again when its has ended. */
  readonly #removing = new Map<string, Promise<void>>()
  readonly #reading = {
    lookup: (cid: CID, signal?: AbortSignal) => this.lookup(cid, { signal }),
    acquire: (key: string, signal?: AbortSignal) => this.acquire(key, { signal }),
  }
  #tellSizesKnown = () => {}
  readonly sizesKnown = new Promise<void>((resolve) => {
    this.#tellSizesKnown = resolve
  })
  readonly bulk: BulkRuns
  #links: ShardLinks = { deals: () => [], lotusDeals: () => [] }
  #state: 'new' | 'started' | 'closed' = 'new'

  constructor(options: DagstoreOptions) {
    this.#options = options
    this.#parts = new DagstoreParts(options, (keys) => this.#enterAgain(keys))
    this.bulk = new BulkRuns(this.#bulkPorts())
  }

  get table(): Dagstore['table'] {
    return this.#parts.catalog.table
  }

  get traces(): Dagstore['traces'] {
    return this.#parts.runner.traces
  }

  get failures(): Dagstore['failures'] {
    return this.#parts.runner.failures
  }

  get bulkState(): BulkState {
    return this.#parts.bulk.state
  }

  watchBulkState(signal?: AbortSignal): AsyncGenerator<BulkState, void, void> {
    return this.#parts.bulk.watchState(signal)
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new EngineError('CLOSED', 'The dagstore was started already, or is closed.')
    const { log } = this.#options
    const { records, writer, repo, lookups, folder, catalog, bulk, prepare, history, lastUses } = this.#parts
    const folderMade = mkdir(folder.directory, { recursive: true })
    const [rows, indexNames] = await Promise.all([readRows(records), repo.open(), folderMade])
    const isIndexed = (key: string) => indexNames.has(fileNameOfKey(key))
    const { shards, damaged, unfinished, misplaced } = await this.#load(rows, isIndexed)
    if (misplaced.length > 0)
      // At once, and what goes first: two rows may have changed places.
      await records.save([
        ...misplaced.map(({ rowName }) => ({ removeRow: rowName })),
        ...misplaced.map(({ record }) => ({ put: record })),
      ])
    await endRemovals(shards, { records, repo, versions: prepare.versions, history, writer })
    const damagedRecords = [...damaged.values()].map(({ text }) => text)
    await removeOrphans(folder, { shards: shards.values(), damagedRecords }, log)
    catalog.load(shards.values(), damaged.values())
    await lastUses.load(catalog)
    if (await this.#parts.runs.wasPaused()) bulk.pause()
    await this.bulk.load()
    this.#state = 'started'
    void lookups.open(catalog, () => catalog.indexedKeys())
    this.#inBackground(afterStart({ shards, unfinished, indexNames }, this.#afterStartPorts()))
    this.bulk.goOn()
    this.#parts.collector.start()
    this.#parts.settling.start()
    this.#parts.history.start()
    log.info('dagstore started', { shards: shards.size, damaged: damaged.size })
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const { bulk, collector, settling, runner, catalog, repo, lookups } = this.#parts
    this.bulk.suspend()
    bulk.close()
    await Promise.all([collector.close(), settling.close()])
    await runner.close(catalog.all())
    await this.bulk.close()
    await this.#parts.closeNotes()
    await repo.settle(AbortSignal.timeout(SETTLE_AT_CLOSE_MS)).catch(() => {})
    await lookups.close()
  }

  configure(config: DagstoreConfig): void {
    this.#parts.configure(config)
  }

  async pause(): Promise<void> {
    this.#parts.bulk.pause()
    await this.#parts.runs.notePaused(true)
  }

  async resume(options?: { now?: boolean }): Promise<void> {
    this.#parts.bulk.resume(options)
    await this.#parts.runs.notePaused(false)
  }

  settled(): Promise<void> {
    return this.#parts.runner.settled()
  }

  async register(key: string, mount: Mount | string, options: RegisterOptions = {}): Promise<ShardView> {
    this.#assertStarted()
    throwIfAborted(options.signal)
    assertUsableKey(key)
    const { mounts } = this.#options
    const mounted = typeof mount === 'string' ? mounts.fromUrl(mount) : mount
    const url = mounts.urlOf(mounted)
    const given =
      options.existingTransient === undefined ? '' : await this.#existingTransient(key, options.existingTransient)
    while (this.#removing.has(key)) await this.#removing.get(key)?.catch(() => {})
    const { catalog, runner } = this.#parts
    if (catalog.has(key))
      throw new EngineError('SHARD_EXISTS', `The shard ${key} is registered already.`, { details: { key } })
    const place = { url, transientPath: given }
    const shard = new Shard(key, options.lazy === true, place, (_, { transientPath }) =>
      this.#parts.upgrader(key, mounted, transientPath),
    )
    catalog.add(shard)
    try {
      await runner.ask(shard, { type: 'register', lazy: shard.lazy }, options.signal)
    } catch (error) {
      await shard.persisted.catch(() => {
        // The record could not be written: then there is no shard.
        if (catalog.find(key) === shard && shard.facts.state === 'New') catalog.remove(key)
      })
      throw error
    }
    return shard.view
  }

  async registerPiece(pieceCid: CID | string, options: RegisterOptions = {}): Promise<ShardView> {
    const key = parsePieceCid(pieceCid).pieceCid.toString()
    const shard = this.#parts.catalog.find(key)
    if (shard !== undefined) return shard.view
    try {
      return await this.register(key, `lotus://${key}`, options)
    } catch (error) {
      if (!EngineError.is(error, 'SHARD_EXISTS')) throw error
      return this.info(key)
    }
  }

  async acquire(key: string, options: CallOptions = {}): Promise<ShardAccessor> {
    return this.#parts.runner.acquire(this.#shard(key), options.signal)
  }

  async load(key: string, options: CallOptions = {}): Promise<ShardAccessor> {
    const { catalog } = this.#parts
    if (!catalog.has(key) && catalog.damaged(key) === undefined && isPieceCidText(key)) {
      this.#options.log.warn('failed to load shard as shard is not registered, will re-register', { pieceCid: key })
      await this.registerPiece(key, { ...options, lazy: true })
      this.#options.log.warn('successfully re-registered shard', { pieceCid: key })
    }
    return this.acquire(key, options)
  }

  async initialize(key: string, options: CallOptions = {}): Promise<ShardView> {
    const shard = this.#shard(key)
    await this.#parts.runner.ask(shard, { type: 'initialize' }, options.signal)
    return shard.view
  }

  initializeAll(options: InitializeAllOptions): AsyncGenerator<InitializeEvent, void, void> {
    this.#assertStarted()
    const { catalog } = this.#parts
    const fresh = catalog.sorted().filter((shard) => shard.facts.state === 'New')
    return initializeAll(
      fresh.map(({ key }) => key),
      { ...this.#bulkPorts(), runs: this.bulk },
      options,
    )
  }

  async recover(key: string, options: CallOptions = {}): Promise<ShardView> {
    const shard = this.#shard(key)
    await this.#parts.runner.ask(shard, { type: 'recover' }, options.signal)
    return shard.view
  }

  async reindex(key: string, options: CallOptions = {}): Promise<ShardView> {
    const shard = this.#shard(key)
    await this.#parts.runner.ask(shard, { type: 'reindex' }, options.signal)
    return shard.view
  }

  async destroy(key: string): Promise<ShardView> {
    this.#assertStarted()
    const { catalog, runner, writer, prepare } = this.#parts
    const damaged = catalog.damaged(key)
    if (damaged !== undefined) {
      await writer.write({ removeRow: damaged.rowName }) // its files, if it has any, are not known
      catalog.remove(key)
      return damagedView(damaged)
    }
    const shard = catalog.get(key)
    const { view, record } = shard
    runner.end(shard)
    catalog.remove(key)
    const removal = removeShard(shard, { ...prepare, writer }).catch(async (error: unknown) => {
      await this.#bringBack(record)
      throw error
    })
    this.#removing.set(key, removal)
    this.#inBackground(removal)
    try {
      await removal
    } finally {
      this.#removing.delete(key)
    }
    return view
  }

  async gc(options: { dryRun?: boolean } = {}): Promise<GcReport> {
    this.#assertStarted()
    return this.#parts.collector.collect(options)
  }

  has(key: string): boolean {
    return this.#parts.catalog.has(key)
  }

  info(key: string): ShardView {
    return this.#parts.catalog.view(key)
  }

  list(filter: { state?: ShardState | null; failed?: boolean } = {}): ShardView[] {
    return this.#parts.catalog.list(filter)
  }

  async detail(key: string, options: CallOptions = {}): Promise<ShardDetail> {
    const damaged = this.#parts.catalog.damaged(key)
    if (damaged !== undefined) return damagedDetail(damaged)
    return shardDetail(this.#shard(key), this.#parts, this.#links, options.signal)
  }

  async lookup(block: CID | string | Uint8Array, options: CallOptions = {}): Promise<ShardLookup[]> {
    this.#assertStarted()
    throwIfAborted(options.signal)
    const { lookups, catalog } = this.#parts
    const keys = await lookups.lookup(multihashOf(block), options.signal)
    return catalog.statesOf(keys)
  }

  async indexEntries(key: string, page: { from: number; limit: number } & CallOptions): Promise<IndexPage> {
    this.#shard(key)
    return indexPageOf(key, page, { repo: this.#parts.repo, tasks: this.#options.tasks })
  }

  async audit(key: string, options: AuditShardOptions = {}): Promise<ShardAudit> {
    return auditShard(this.#shard(key), { repo: this.#parts.repo, tasks: this.#options.tasks }, options)
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

  #bulkPorts(): BulkRunsPorts {
    const { mounts, clock, log } = this.#options
    const { catalog, bulk, runs } = this.#parts
    return {
      keys: () => catalog.keys(),
      find: (key) => catalog.find(key),
      isDamaged: (key) => catalog.damaged(key) !== undefined,
      statSource: (url, options) => mounts.fromUrl(url).stat(options),
      perform: (verb, key, how) => doToShard(this, verb, key, how),
      indexingAtOnce: () => this.#parts.settings.MaxConcurrentIndex,
      gate: bulk,
      records: runs,
      ...{ clock, log },
    }
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
    return this.#parts.catalog.get(key)
  }

  async #existingTransient(key: string, path: string): Promise<string> {
    const absolute = resolve(path)
    if ((await sizeOf(absolute)) !== null) return absolute
    this.#options.log.warn('the existing transient does not exist; the piece will be fetched', { shard: key, path })
    return ''
  }

  #inBackground(work: Promise<unknown>): void {
    const reported = work.catch((thrown: unknown) => {
      const error = EngineError.from(thrown)
      if (error.code !== 'CLOSED' && error.code !== 'CANCELLED')
        this.#options.log.error('background work of the dagstore failed', { error: error.message })
    })
    this.#parts.runner.track(reported)
  }

  #afterStartPorts(): AfterStartPorts {
    const { prepare, bulk, catalog } = this.#parts
    return {
      ...prepare,
      bulk,
      goOn: (work) => this.#goOn(work),
      loseIndex: (shard, error) => this.#loseIndex(shard, error),
      changed: (shard) => catalog.show(shard),
      looked: this.#tellSizesKnown,
    }
  }

  #enterAgain(keys: string[]): void {
    if (this.#state !== 'started') return
    this.#parts.lookups.lost(keys)
    const shards = keys.flatMap((key) => this.#parts.catalog.find(key) ?? [])
    this.#inBackground(enterWhatIsMissing(shards, this.#afterStartPorts()))
  }

  #load(rows: StoredRow[], isIndexed: (key: string) => boolean): Promise<LoadedShards> {
    const { mounts, log } = this.#options
    const { settings, makeUpgrader } = this.#parts
    return loadShards({ rows, mounts, isIndexed, policy: settings.RecoverOnStart, makeUpgrader, log })
  }

  /** Of a shard whose record could not be removed: as the next start would find it. */
  async #bringBack(record: ShardRecord): Promise<void> {
    if (this.#state !== 'started') return
    const { repo, catalog } = this.#parts
    const hasIndex = (await repo.stat(record.key)) !== null
    const row = { rowName: record.key, content: { record } }
    const { shards, unfinished } = await this.#load([row], () => hasIndex)
    for (const shard of shards.values()) catalog.add(shard)
    for (const work of unfinished) this.#inBackground(this.#goOn(work))
  }

  async #goOn({ shard, what }: Unfinished): Promise<void> {
    if (what === 'heal')
      return this.#loseIndex(shard, new EngineError('INDEX_MISSING', `The index of shard ${shard.key} is missing.`))
    const state = what === 'initialize' ? 'New' : 'Errored'
    if (shard.facts.state === state) await this.#parts.runner.ask(shard, { type: what })
  }

  async #loseIndex(shard: Shard, error: EngineError): Promise<void> {
    if (shard.facts.state !== 'Available') return
    this.#parts.runner.loseIndex(shard, error)
    await shard.work?.ended
  }
}
