import { join } from 'node:path'
import { EngineError, type Logger, QuietHours, Throttle } from '../base/index.ts'
import { RunRecords } from './bulk/run-records.ts'
import { BulkWork } from './bulk-work.ts'
import type { DagstoreConfig, DagstoreOptions } from './dagstore-ports.ts'
import { DeferredRows } from './deferred-rows.ts'
import { GarbageCollector } from './garbage-collector.ts'
import { DirectoryIndexRepo } from './index-repo/directory-index-repo.ts'
import { IndexJournal } from './index-repo/index-journal.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import { GoInvertedRows } from './inverted-index/go-inverted-rows.ts'
import { SegmentedInvertedIndex } from './inverted-index/segmented-inverted-index.ts'
import { ShardLookups } from './inverted-index/shard-lookups.ts'
import { LastUses } from './last-uses.ts'
import type { Mount } from './mount/mount.ts'
import { Periodic } from './periodic.ts'
import type { PreparePorts } from './prepare-shard.ts'
import { RecordWriter } from './records/record-writer.ts'
import { type ShardRecords, StoreShardRecords } from './records/shard-records.ts'
import { type DagstoreSettings, settingsFrom } from './settings.ts'
import type { MakeUpgrader } from './shard.ts'
import { ShardCatalog } from './shard-catalog.ts'
import { ShardHistory } from './shard-history.ts'
import { ShardRunner } from './shard-runner.ts'
import { SourceVersions } from './source-versions.ts'
import { TransientFolder } from './transients/transient-folder.ts'
import { TransientSpace } from './transients/transient-space.ts'
import { Upgrader } from './transients/upgrader.ts'

const SETTLE_INTERVAL_MS = 60_000

/** What a dagstore is made of, put together. Nothing runs yet. */
export class DagstoreParts {
  readonly catalog = new ShardCatalog()
  readonly bulk: BulkWork
  readonly runs: RunRecords
  readonly records: ShardRecords
  readonly writer: RecordWriter
  readonly history: ShardHistory
  readonly lastUses: LastUses
  readonly repo: IndexRepo
  readonly lookups: ShardLookups
  readonly folder: TransientFolder
  readonly prepare: PreparePorts
  readonly runner: ShardRunner
  readonly collector: GarbageCollector
  /** Syncs index files, and writes postings, at leisure. */
  readonly settling: Periodic
  readonly makeUpgrader: MakeUpgrader
  #settings: DagstoreSettings

  /** `onLost` is told of shards that are to be entered into the inverted index again. */
  constructor(options: DagstoreOptions, onLost: (keys: string[]) => void) {
    const { directory, store, tasks, mounts, clock, log, adapters = {} } = options
    this.#settings = settingsFrom(options.config ?? {})
    this.bulk = new BulkWork(clock, QuietHours.parse(this.#settings.QuietHours))
    this.runs = new RunRecords(store)
    this.history = new ShardHistory(store, clock, log)
    this.lastUses = new LastUses(store)
    const rows = new DeferredRows(store)
    this.records = adapters.records ?? new StoreShardRecords(store, rows)
    const journal = new IndexJournal(store, rows)
    this.repo = adapters.indexes ?? new DirectoryIndexRepo(join(directory, 'index'), journal, tasks)
    this.writer = new RecordWriter(this.records, adapters.records === undefined ? undefined : () => rows.write())
    const segments = { directory: join(directory, 'postings'), store, rows, tasks, log, onLost }
    const postings = adapters.postings ?? new SegmentedInvertedIndex(segments)
    this.lookups = new ShardLookups(postings, new GoInvertedRows(store), this.repo, this.#settings.GoInvertedIndex)
    const space = new TransientSpace(clock, spaceLimits(this.#settings))
    const fetches = new Throttle(this.#settings.MaxConcurrentReadyFetches)
    this.folder = new TransientFolder(join(directory, 'transients'), space, fetches)
    this.prepare = {
      repo: this.repo,
      lookups: this.lookups,
      versions: new SourceVersions(store),
      indexing: new Throttle(this.#settings.MaxConcurrentIndex),
      tasks,
      log,
      step: (key, name) => options.onStep?.({ key, name }),
    }
    this.makeUpgrader = (key, { url, transientPath }) => this.upgrader(key, mounts.fromUrl(url), transientPath)
    this.runner = new ShardRunner(
      { ...this.prepare, writer: this.writer, catalog: this.catalog, history: this.history, now: () => clock.now() },
      runnerSettings(this.#settings),
    )
    this.collector = this.#createCollector(options)
    this.settling = new Periodic(clock, SETTLE_INTERVAL_MS, () => this.#settle(log))
  }

  get settings(): DagstoreSettings {
    return this.#settings
  }

  /** Applies changed settings to what runs. */
  configure(config: DagstoreConfig): void {
    const before = this.#settings
    this.#settings = settingsFrom(config, before)
    this.prepare.indexing.limit = this.#settings.MaxConcurrentIndex
    this.folder.throttle.limit = this.#settings.MaxConcurrentReadyFetches
    this.folder.space.limits = spaceLimits(this.#settings)
    this.runner.settings = runnerSettings(this.#settings)
    this.collector.intervalMs = this.#settings.GCInterval
    if (String(this.#settings.QuietHours) !== String(before.QuietHours))
      this.bulk.quietHours = QuietHours.parse(this.#settings.QuietHours)
  }

  upgrader(key: string, mount: Mount, transientPath: string): Upgrader {
    return new Upgrader({ key, mount, folder: this.folder, transientPath, onStep: this.prepare.step })
  }

  /** Writes what is remembered of shards beside their records. */
  async closeNotes(): Promise<void> {
    await this.history.close()
    await this.lastUses.write(this.catalog.all()).catch(() => {})
  }

  async #settle(log: Logger): Promise<void> {
    this.runner.persistAgain(this.catalog.all())
    try {
      await this.repo.settle(this.bulk.signal)
      await this.lookups.settle()
      await this.lastUses.write(this.catalog.all())
    } catch (thrown) {
      log.warn('indexes could not be synced', { error: EngineError.from(thrown).message })
    }
  }

  #createCollector({ clock, log }: DagstoreOptions): GarbageCollector {
    return new GarbageCollector(
      {
        shards: () => this.catalog.all(),
        folder: this.folder,
        clock,
        log,
        mayRun: () => !this.bulk.held,
        beforeEach: (shard) => this.runner.openShards.drop(shard.key),
        afterEach: (shard) => {
          this.runner.track(this.runner.persist(shard))
          this.catalog.show(shard)
        },
      },
      this.#settings.GCInterval,
    )
  }
}

function spaceLimits(settings: DagstoreSettings) {
  return {
    maxBytes: settings.MaxTransientsSize,
    highWatermark: settings.TransientsHighWatermark / 100,
    lowWatermark: Math.min(settings.TransientsLowWatermark, settings.TransientsHighWatermark) / 100,
  }
}

function runnerSettings(settings: DagstoreSettings) {
  return {
    maxRecoverAttempts: settings.MaxRecoverAttempts,
    healsIndexes: settings.RecoverOnStart !== 'DoNotRecover',
    maxIdleOpenShards: settings.MaxIdleOpenShards,
  }
}
