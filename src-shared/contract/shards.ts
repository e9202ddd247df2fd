import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { lotusDeal } from './pieces.ts'
import { cidText, idText, pathText, procedure, progress, tableEvent, timeText } from './schema.ts'

/** Shard states as Lotus prints them. */
export const shardState = z.enum(['New', 'Initializing', 'Available', 'Serving', 'Recovering', 'Errored'])
export type ShardState = z.infer<typeof shardState>

export const shardView = z.object({
  key: z.string(),
  state: shardState,
  error: z.string().nullable(),
  /** The mount's URL as recorded: lotus://<pieceCID>, file:///…, https://… */
  url: z.string(),
  lazy: z.boolean(),
  transientPath: z.string().nullable(),
  /** Bytes of the piece or CAR behind the mount; null while unknown. */
  sizeBytes: z.number().nullable(),
  indexBytes: z.number().nullable(),
  readers: z.number(),
})
export type ShardView = z.infer<typeof shardView>

export const shardCopy = z.object({
  kind: z.enum(['piece', 'transient', 'index']),
  path: z.string(),
  sizeBytes: z.number().nullable(),
  exists: z.boolean(),
  /** Why it cannot be read now, in words; or what else is to be known of it. */
  note: z.string().nullable(),
})
export type ShardCopy = z.infer<typeof shardCopy>
export const shardDetail = shardView.extend({
  blockCount: z.number().nullable(),
  indexCodec: z.string().nullable(),
  /** Who waits for it to be prepared. */
  waiting: z.number(),
  /** The latest that happened to it, up to 50 events, oldest first; also of before the engine started. */
  attempts: z.array(z.object({ at: timeText, op: z.string(), state: shardState, error: z.string().nullable() })),
  copies: z.array(shardCopy),
  /** Ids of Carport's own deals on its piece. */
  deals: z.array(idText),
  /** Deals on its piece of lotus-miners that were migrated. */
  lotusDeals: z.array(lotusDeal),
})
export type ShardDetail = z.infer<typeof shardDetail>

/** What an audit of a shard's index found: index against blocks, blocks against their CIDs. */
export const shardAudit = z.object({
  key: z.string(),
  result: z.enum(['good', 'index-missing', 'index-unreadable', 'index-wrong', 'piece-damaged', 'not-compared']),
  /** What was found, in sentences. */
  verdict: z.string(),
  /** What mends it: reindex makes the index anew; recover fetches the piece anew, too. */
  remedy: z.enum(['reindex', 'recover']).nullable(),
  codec: z.string().nullable(),
  recordCount: z.number().nullable(),
  blockCount: z.number().nullable(),
  /** Blocks that no record names. */
  missing: z.number(),
  /** Blocks whose records lead elsewhere. */
  misplaced: z.number(),
  /** Records of blocks that are not there. */
  extra: z.number(),
  /** Blocks whose bytes do not hash to their CID; null where the bytes were not looked at. */
  damaged: z.number().nullable(),
  /**
   * Whether every block was read and hashed. Where not: why, as a sentence, and whether a full audit can do it (it
   * cannot where only a sealed copy exists).
   */
  payload: z.object({ verified: z.boolean(), reason: z.string().nullable(), canBe: z.boolean() }),
  /** Some of them: multihash as hex, and the offset that the index names; of missing and damaged blocks, the block's. */
  examples: z.array(
    z.object({
      kind: z.enum(['missing', 'misplaced', 'extra', 'damaged']),
      multihash: z.string(),
      offset: z.number().nullable(),
    }),
  ),
})
export type ShardAudit = z.infer<typeof shardAudit>

export const auditEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  z.object({ type: z.literal('done'), audit: shardAudit }),
])
export type AuditEvent = z.infer<typeof auditEvent>

const byKey = z.object({ key: z.string().min(1).max(1024) })

/** One entry of a directory, or a link of any other node. */
export const dagEntry = z.object({
  name: z.string(),
  cid: cidText,
  type: z.enum(['file', 'directory', 'symlink', 'raw', 'node', 'missing']),
  /** Content size for files and raw blocks; null where the node does not say. */
  size: z.number().nullable(),
})
export type DagEntry = z.infer<typeof dagEntry>

export const blockView = z.object({
  cid: cidText,
  codec: z.string(),
  multihash: z.string(),
  sizeBytes: z.number(),
  /** Position of the section in the CAR payload; null for identity CIDs. */
  offset: z.number().nullable(),
  /** Up to the number of bytes asked for, from the start, as base64: the transport has no byte arrays. */
  bytes: z.base64(),
  links: z.array(z.object({ name: z.string(), cid: cidText, size: z.number().nullable() })),
  verified: z.boolean(),
})
export type BlockView = z.infer<typeof blockView>

export const browseSession = z.object({
  sessionId: idText,
  key: z.string(),
  roots: z.array(cidText),
  blockCount: z.number().nullable(),
})
export type BrowseSession = z.infer<typeof browseSession>

export const initializeEvent = z.object({
  key: z.string(),
  event: z.enum(['start', 'success', 'error', 'skipped']),
  error: z.string().nullable(),
  current: z.number(),
  total: z.number(),
})
export type InitializeEvent = z.infer<typeof initializeEvent>

export const gcReport = z.object({
  shards: z.array(z.object({ key: z.string(), error: z.string().nullable(), freedBytes: z.number() })),
  freedBytes: z.number(),
})
export type GcReport = z.infer<typeof gcReport>

export const shards = {
  list: procedure
    .input(z.object({ state: shardState.nullable().default(null), failed: z.boolean().default(false) }))
    .output(z.array(shardView)),
  get: procedure.input(byKey).output(shardDetail),
  watch: procedure.output(eventIterator(tableEvent(shardView))),
  register: procedure
    .input(byKey.extend({ url: z.string().max(4096).nullable().default(null), lazy: z.boolean().default(false) }))
    .output(shardView),
  initialize: procedure.input(byKey).output(shardView),
  recover: procedure.input(byKey).output(shardView),
  /** Makes the index anew of the copy that is there, in any state that has one. */
  reindex: procedure.input(byKey).output(shardView),
  destroy: procedure.input(byKey).output(shardView),
  initializeAll: procedure
    .input(
      z.object({
        concurrency: z.number().int().min(0),
        includeSealed: z.boolean().default(false),
        dryRun: z.boolean().default(false),
      }),
    )
    .output(eventIterator(initializeEvent)),
  gc: procedure.input(z.object({ dryRun: z.boolean().default(false) })).output(gcReport),
  lookup: procedure
    .input(z.object({ cid: cidText }))
    .output(z.array(z.object({ key: z.string(), state: shardState, error: z.string().nullable() }))),
  /** Every multihash (hex) and offset, sorted by offset, a page at a time. */
  indexEntries: procedure
    .input(
      byKey.extend({
        from: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(10_000).default(1000),
      }),
    )
    .output(z.object({ entries: z.array(z.object({ multihash: z.string(), offset: z.number() })), total: z.number() })),
  /**
   * Compares the index with the blocks, and the blocks with their CIDs: those of a piece that is not in a file here only
   * with `full`, since all of it is fetched then. Ending the stream cancels it.
   */
  audit: procedure.input(byKey.extend({ full: z.boolean().default(false) })).output(eventIterator(auditEvent)),
  /** Acquires the shard for looking at. It stays acquired until `release`, or until the caller disconnects. */
  acquire: procedure.input(byKey).output(browseSession),
  release: procedure.input(z.object({ sessionId: idText })).output(z.object({ sessionId: idText })),
  /** Entries of a directory, or the links of any other node, a page at a time. */
  entries: procedure
    .input(
      z.object({
        sessionId: idText,
        cid: cidText,
        /** `next` of the page before; null for the first. */
        after: z.string().max(4096).nullable().default(null),
        limit: z.number().int().min(1).max(5000).default(1000),
      }),
    )
    .output(z.object({ entries: z.array(dagEntry), next: z.string().nullable() })),
  block: procedure
    .input(
      z.object({
        sessionId: idText,
        cid: cidText,
        maxBytes: z
          .number()
          .int()
          .min(0)
          .max(16 << 20)
          .default(64 << 10),
      }),
    )
    .output(blockView),
  /** Acquires, reads one block whole, checks it, releases. */
  getBlock: procedure
    .input(byKey.extend({ cid: cidText, outPath: pathText.nullable().default(null) }))
    .output(z.object({ key: z.string(), cid: cidText, sizeBytes: z.number(), bytes: z.base64().nullable() })),
}
