import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, idText, pathText, procedure, progress, timeText } from './schema.ts'

/** A storage deal as a lotus-miner repository, or Carport's own provider role, has it. */
export const migrationDeal = z.object({
  proposalCid: z.string(),
  pieceCid: cidText,
  /** As Lotus numbers it. */
  state: z.number(),
  /** `StorageDealActive`; empty for a number that no version gives a name. */
  stateName: z.string(),
  /** Whether Lotus' migration makes a shard of a deal in this state. Says nothing of the piece. */
  eligible: z.boolean(),
  /** Why it is not eligible. */
  reason: z.string().nullable(),
  /** Deal on the chain; "0" before there is one. May exceed 2^53. */
  dealId: idText,
  /** Padded. */
  pieceSize: z.number(),
})
export type MigrationDeal = z.infer<typeof migrationDeal>

export const migrationShard = z.object({
  key: z.string(),
  /** register: will become a shard; present: is one already; skip: no deal on the piece is eligible; fail: cannot become one. */
  action: z.enum(['register', 'present', 'skip', 'fail']),
  /** Why it is skipped or will fail; or, for `register`, why the shard cannot be read yet: who was asked, what each said, what to do. */
  reason: z.string().nullable(),
  /** Where the bytes are now; unknown: what may hold them cannot be read; null where that was not looked at. */
  pieceState: z.enum(['unsealed', 'sealed-only', 'missing', 'unknown']).nullable(),
})
export type MigrationShard = z.infer<typeof migrationShard>

export const migrationImport = z.object({
  /** As in Lotus: up to 2^64-1. */
  id: idText,
  root: z.string().nullable(),
  /** The file that was imported, as Lotus noted it. */
  source: z.string(),
  carPath: z.string().nullable(),
  /** good: will be taken over; broken: cannot be read; legacy: made before Lotus had CARv2. */
  verdict: z.enum(['good', 'broken', 'legacy']),
  /** take-over: as it is; import-again: its file, which is as it was; present: Carport has it already; skip: see reason. */
  action: z.enum(['take-over', 'import-again', 'present', 'skip']),
  /** Of a good one: that its source cannot be reached now. */
  reason: z.string().nullable(),
  /** Whether Carport has it among its own imports already. */
  present: z.boolean(),
})
export type MigrationImport = z.infer<typeof migrationImport>

export const migrationSources = z.object({
  /** A lotus-miner repository. */
  lotusMiner: pathText.nullable().default(null),
  /** The repository of a Lotus client (`~/.lotus`). */
  lotus: pathText.nullable().default(null),
})

/** A plan in numbers. */
export const migrationSummary = z.object({
  deals: z.object({ total: z.number(), eligible: z.number() }),
  shards: z.object({
    register: z.number(),
    /** Of those to register: that will be there, and cannot be read yet. */
    unreadable: z.number(),
    present: z.number(),
    skip: z.number(),
    fail: z.number(),
  }),
  imports: z.object({ takeOver: z.number(), importAgain: z.number(), present: z.number(), skip: z.number() }),
})
export type MigrationSummary = z.infer<typeof migrationSummary>

/** What is said of the whole; rows come in parts, since a provider has a hundred thousand deals. */
const planRows = z.object({
  type: z.literal('rows'),
  deals: z.array(migrationDeal),
  shards: z.array(migrationShard),
  imports: z.array(migrationImport),
})

export const migrationPlanEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  planRows,
  z.object({
    type: z.literal('done'),
    summary: migrationSummary,
    /** What could not be read or found, in sentences. */
    warnings: z.array(z.string()),
    /** Where the miner keeps sectors. */
    storagePaths: z.array(z.string()),
  }),
])
export type MigrationPlanEvent = z.infer<typeof migrationPlanEvent>

const failure = z.object({ key: z.string(), error: z.string() })

/** What a run did. Keys are piece CIDs; of imports, ids. */
export const migrationReport = z.object({
  registered: z.array(z.string()),
  /** Those of them that cannot be read yet, and why. */
  unreadable: z.array(z.object({ key: z.string(), reason: z.string() })),
  /** Shards that were there before. */
  present: z.number(),
  failed: z.array(failure),
  imported: z.array(z.string()),
  importsFailed: z.array(failure),
})
export type MigrationReport = z.infer<typeof migrationReport>

export const migrationRunEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  planRows,
  /** One shard is done with: `current` of `total`. */
  z.object({
    type: z.literal('shard'),
    key: z.string(),
    outcome: z.enum(['registered', 'present', 'failed']),
    error: z.string().nullable(),
    current: z.number(),
    total: z.number(),
  }),
  z.object({
    type: z.literal('import'),
    id: idText,
    outcome: z.enum(['imported', 'present', 'failed']),
    error: z.string().nullable(),
    current: z.number(),
    total: z.number(),
  }),
  z.object({
    type: z.literal('done'),
    /** Of the plan that was followed. */
    summary: migrationSummary,
    warnings: z.array(z.string()),
    storagePaths: z.array(z.string()),
    report: migrationReport,
  }),
])
export type MigrationRunEvent = z.infer<typeof migrationRunEvent>

/** One migration that was begun, the newest first. */
export const migrationRecord = z.object({
  /** A repository, or "own": Carport's own deals at the first start of the provider role. */
  source: z.string(),
  /** interrupted: Carport ended before it was done. Run it again: what is done is left alone. */
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  startedAt: timeText,
  endedAt: timeText.nullable(),
  registered: z.number(),
  /** How many of them could not be read when they were registered. */
  unreadable: z.number(),
  present: z.number(),
  imported: z.number(),
  /** The first failures, at most a hundred. */
  failures: z.array(failure),
  failedCount: z.number(),
  /** Why the whole failed. */
  error: z.string().nullable(),
})
export type MigrationRecord = z.infer<typeof migrationRecord>

export const migrationStatus = z.object({
  /** Whether Carport's own deals are shards: the marker file is there. */
  complete: z.boolean(),
  markerPath: z.string(),
  running: z.boolean(),
  records: z.array(migrationRecord),
  /** Lotus installations whose sectors are read, as in the settings. */
  lotusStoragePaths: z.array(z.string()),
})
export type MigrationStatus = z.infer<typeof migrationStatus>

export const migration = {
  /** Says what `run` would do, and changes nothing. The directories are opened read-only, from a copy of their metadata. */
  plan: procedure.input(migrationSources).output(eventIterator(migrationPlanEvent)),
  /**
   * Registers a lazy shard for every eligible deal, takes over good imports, and remembers the miner's sectors, so that
   * pieces can be read. Failures of single items are told and stop nothing. Doing it again does no harm.
   */
  run: procedure.input(migrationSources).output(eventIterator(migrationRunEvent)),
  status: procedure.output(migrationStatus),
}
