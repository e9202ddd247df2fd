import type { CID } from 'multiformats/cid'
import type {
  BulkState,
  InitializeEvent,
  LotusDeal,
  ShardAudit,
  ShardDetail,
  ShardState,
  ShardView,
} from '../../../src-shared/contract/index.ts'
import type { Clock, EngineError, EventStream, LiveRows, Logger, LongWorkOptions, TaskRunner } from '../base/index.ts'
import type { Blockstore, DagSource } from '../blockstore/index.ts'
import type { CarIndex } from '../car/index.ts'
import type { Store } from '../store/index.ts'
import type { Bulk } from './bulk/bulk-ports.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import type { InvertedIndex } from './inverted-index/inverted-index.ts'
import type { Mount } from './mount/mount.ts'
import type { MountRegistry } from './mount/mount-registry.ts'
import type { ShardRecords } from './records/shard-records.ts'
import type { ShardStep } from './shard-step.ts'

/** What to do at start with shards that are Errored. */
export const RECOVER_ON_START = ['DoNotRecover', 'RecoverOnAcquire', 'RecoverNow'] as const
export type RecoverOnStart = (typeof RECOVER_ON_START)[number]

/** What to do with the rows of Go's inverted index. */
export const GO_INVERTED_INDEX = ['where-present', 'always', 'never'] as const
export type GoInvertedIndex = (typeof GO_INVERTED_INDEX)[number]

/** Names and units as in config.toml. All but RecoverOnStart and GoInvertedIndex can be changed while it runs. */
export interface DagstoreConfig {
  /** Shards indexed at once; 0: no limit. Default 5. */
  MaxConcurrentIndex?: number
  /** Copies to a transient at once, of sources that are ready; 0: no limit. Default 0. */
  MaxConcurrentReadyFetches?: number
  /** Milliseconds between garbage collections; 0: never by itself. Default one minute. */
  GCInterval?: number
  /**
   * Bytes that transients may take; 0: no limit. Default 0. With a limit, transients stay until they take
   * TransientsHighWatermark of it; then those not used for longest go, down to TransientsLowWatermark.
   * Without one, each periodic collection takes every transient that nothing reads.
   */
  MaxTransientsSize?: number
  /** Percent of MaxTransientsSize; default 90. */
  TransientsHighWatermark?: number
  /** Percent of MaxTransientsSize, not above the high one; default 70. */
  TransientsLowWatermark?: number
  /** How often a shard that fails is recovered by itself before it is left to the operator. Default 1, as in Lotus. */
  MaxRecoverAttempts?: number
  /** One of RECOVER_ON_START; default RecoverOnAcquire. */
  RecoverOnStart?: string
  /**
   * One of GO_INVERTED_INDEX, for Go's rows `/inverted/index/…`. `where-present` (default): kept up to date where the
   * directory has some; `always`: also where it has none; `never`: read only.
   */
  GoInvertedIndex?: string
  /** Shards that nobody reads, kept open for the next reader. Default 64. */
  MaxIdleOpenShards?: number
  /** Times of day (local, `08:00-18:00`) at which bulk work waits. Default: none. */
  QuietHours?: string[]
}

export interface DagstoreOptions {
  /** `dagstore/`: index/ and transients/ go there. */
  directory: string
  /** The LevelDB at `dagstore/datastore`, uncompressed, as Go opens it. It stays the caller's to close. */
  store: Store
  tasks: TaskRunner
  mounts: MountRegistry
  clock: Clock
  log: Logger
  config?: DagstoreConfig
  /** Other places for what is kept in `store` and in `directory`/index by default. */
  adapters?: { records?: ShardRecords; indexes?: IndexRepo; postings?: InvertedIndex }
  /** Told before each step that changes files or rows, and may hold it up: crash tests stop here. */
  onStep?: (step: ShardStep) => Promise<void> | void
}

/** Something that happened to a shard, and what it is afterwards. Op names are those of Go's traces without the prefix. */
export interface ShardTrace {
  key: string
  op: ShardOp
  state: ShardState
  error: string | null
  /** RFC 3339. */
  at: string
}

export type ShardOp =
  | 'Register'
  | 'Initialize'
  | 'MakeAvailable'
  | 'Destroy'
  | 'Acquire'
  | 'Fail'
  | 'Release'
  | 'Recover'
  /** Not of Go's. */
  | 'Reindex'

export interface ShardFailure {
  key: string
  error: EngineError
}

export interface CallOptions {
  /** Stops the waiting of this caller; the shard's own work goes on. */
  signal?: AbortSignal
}

export interface RegisterOptions extends CallOptions {
  /** A local file with the same bytes, to index and serve from. It is never deleted. */
  existingTransient?: string
  /** Do not touch the mount before the first acquire. */
  lazy?: boolean
}

/** A shard held open for reading. Close it when done; closing twice does nothing. */
export interface ShardAccessor {
  readonly key: string
  readonly blockstore: Blockstore
  readonly index: CarIndex
  close(): Promise<void>
}

export interface ShardLookup {
  key: string
  state: ShardState
  error: string | null
}

export interface GcReport {
  shards: Array<{ key: string; error: string | null; freedBytes: number }>
  freedBytes: number
}

export interface InitializeAllOptions extends CallOptions {
  /** Shards at once; 0: no limit. */
  concurrency: number
  /** Also pieces of which only a sealed copy exists. */
  includeSealed?: boolean
  /** Only say what would be done. */
  dryRun?: boolean
}

export interface IndexPage {
  entries: Array<{ multihash: string; offset: number }>
  total: number
}

export interface AllShardsOptions {
  /**
   * Chooses, of the shards that hold a block, the one to read it from; null: from none, as if it were not there.
   * Default: one that can be read now.
   */
  select?: (cid: CID, shards: ShardLookup[]) => Promise<string | null> | string | null
}

/** Who else knows of a shard. */
export interface ShardLinks {
  /** Ids of the deals on this shard's piece. */
  deals(key: string): string[]
  /** Deals of migrated lotus-miners on this shard's piece. */
  lotusDeals(key: string): readonly LotusDeal[]
}

/** The dagstore: shards, each a CAR behind a mount with a detached index, acquired as read-only blockstores. */
export interface Dagstore {
  readonly table: LiveRows<ShardView>
  /** Plans and runs of work on many shards. */
  readonly bulk: Bulk
  /** One for each processed event; an unread subscription stalls nothing. */
  readonly traces: EventStream<ShardTrace>
  readonly failures: EventStream<ShardFailure>

  /** Loads the records and goes on with what was interrupted. Resolves when shards can be acquired. */
  start(): Promise<void>
  /** Refuses new work, ends running work, and answers everyone who waits with CLOSED. */
  close(): Promise<void>
  /** Applies changed settings to what runs. */
  configure(config: DagstoreConfig): void
  /**
   * Holds up bulk work (runs, initializeAll, healing, back-filling, periodic GC) until `resume`, also after a restart;
   * what was asked for by key goes on. Takes effect at once; resolves when a restart would find it so.
   */
  pause(): Promise<void>
  /** With `now` the quiet hours that it is at the moment are not waited for either. */
  resume(options?: { now?: boolean }): Promise<void>
  /** Whether bulk work waits, and for what. */
  readonly bulkState: BulkState
  /** That state now, and again whenever it has changed; ends when the dagstore closes. */
  watchBulkState(signal?: AbortSignal): AsyncGenerator<BulkState, void, void>
  /** Resolves soon after a start, when the sizes of shards and their indexes are known again. */
  readonly sizesKnown: Promise<void>
  /** Resolves when nothing is under way: no initialization, recovery, clean-up or back-fill. For tests and shutdown. */
  settled(): Promise<void>

  /**
   * Adds a shard. `mount` may be a URL. Resolves when it is Available, or at once when `lazy`; rejects with
   * SHARD_EXISTS, MOUNT_INVALID, or why the initialization failed: then the shard stays, Errored.
   */
  register(key: string, mount: Mount | string, options?: RegisterOptions): Promise<ShardView>
  /** Registers `lotus://<piece CID>` under the piece CID; a shard that is there already is left alone. */
  registerPiece(pieceCid: CID | string, options?: RegisterOptions): Promise<ShardView>
  /** SHARD_NOT_FOUND, or what keeps the shard from being read. */
  acquire(key: string, options?: CallOptions): Promise<ShardAccessor>
  /** As `acquire`; a key that is a piece CID and unknown is registered lazily first, as Lotus does. */
  load(key: string, options?: CallOptions): Promise<ShardAccessor>
  /** Fetches and indexes a New shard. SHARD_STATE in any other state. */
  initialize(key: string, options?: CallOptions): Promise<ShardView>
  /** Initializes every New shard; one start and one end event for each, then done. Cancelling stops scheduling. */
  initializeAll(options: InitializeAllOptions): AsyncGenerator<InitializeEvent, void, void>
  /** Drops transient and index of an Errored shard and makes them anew. SHARD_STATE in any other state. */
  recover(key: string, options?: CallOptions): Promise<ShardView>
  /**
   * Makes the index anew of the copy that is there; readers go on. SHARD_STATE while the shard is New or being
   * prepared.
   */
  reindex(key: string, options?: CallOptions): Promise<ShardView>
  /** Removes a shard with its record, index, transient and postings; SHARD_IN_USE while it has readers. */
  destroy(key: string): Promise<ShardView>
  /** Removes the transients of shards that nothing reads. With `dryRun` only says which. */
  gc(options?: { dryRun?: boolean }): Promise<GcReport>

  has(key: string): boolean
  /** SHARD_NOT_FOUND when there is none. */
  info(key: string): ShardView
  /** Sorted by key. */
  list(filter?: { state?: ShardState | null; failed?: boolean }): ShardView[]
  detail(key: string, options?: CallOptions): Promise<ShardDetail>
  /** Shards that hold a block, by CID (any version or codec) or multihash. Empty when there is none. Sorted by key. */
  lookup(block: CID | string | Uint8Array, options?: CallOptions): Promise<ShardLookup[]>
  /** Every multihash (hex) and offset, sorted by offset, a page at a time. */
  indexEntries(key: string, page: { from: number; limit: number } & CallOptions): Promise<IndexPage>
  /**
   * Compares the index with the blocks, and the blocks with their CIDs: those of a piece that is not in a file only with
   * `full`. What is wrong, or cannot be read, is told, not thrown.
   */
  audit(key: string, options?: LongWorkOptions & { full?: boolean }): Promise<ShardAudit>
  /** Finds the shard that holds a CID and acquires it. */
  asDagSource(): DagSource
  /** All shards as one blockstore. Nothing stays acquired between calls. */
  asBlockstore(options?: AllShardsOptions): Blockstore
  setLinks(links: ShardLinks): void
}
