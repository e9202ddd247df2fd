import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { idText, procedure, tableEvent, timeText } from './schema.ts'

/**
 * Work on many shards: a plan first, which touches nothing and says what would be done and what would be passed over
 * and why, then a run, which the engine owns: it goes on when the window that began it is gone, and after a restart or
 * a crash of the engine; any window can pause, stop or speed it up.
 */

/** What can be done to many shards. `acquire` opens each as a reader would and lets it go: it shows that it serves. */
export const BULK_VERBS = ['register', 'initialize', 'recover', 'reindex', 'acquire', 'destroy'] as const
export const bulkVerb = z.enum(BULK_VERBS)
export type BulkVerb = z.infer<typeof bulkVerb>

/** Most keys in one message; more are gathered in parts. */
export const MAX_KEYS_AT_ONCE = 20_000
const keys = z.array(z.string().min(1).max(1024)).max(MAX_KEYS_AT_ONCE)

export const bulkSelection = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keys'), keys }),
  /** Keys sent with `gather`. */
  z.object({ kind: z.literal('gathered'), selectionId: idText }),
  /** Every shard that the verb is for: initialize takes New ones, recover Errored ones, others all. Not for register. */
  z.object({ kind: z.literal('all') }),
  /** Those that failed in a run; with `words` only those of these causes. */
  z.object({ kind: z.literal('failed'), runId: idText, words: z.array(z.string()).nullable() }),
])
export type BulkSelection = z.infer<typeof bulkSelection>

export const bulkReason = z.object({ reason: z.string(), count: z.number() })

export const bulkPlan = z.object({
  planId: idText,
  verb: bulkVerb,
  /** How many shards were looked at. */
  asked: z.number(),
  /** How many the run would do. */
  wanted: z.number(),
  /** Bytes of what would be done, as far as they are known. `pieces` are read, never changed. */
  bytes: z.object({ pieces: z.number(), indexes: z.number(), transients: z.number() }),
  /** The largest group first. */
  skipped: z.array(bulkReason),
})
export type BulkPlan = z.infer<typeof bulkPlan>

export const bulkPlanEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), looked: z.number(), total: z.number() }),
  z.object({ type: z.literal('plan'), plan: bulkPlan }),
])
export type BulkPlanEvent = z.infer<typeof bulkPlanEvent>

export const bulkRun = z.object({
  id: idText,
  verb: bulkVerb,
  /** stopping: no more are begun, and those under way are waited for. */
  state: z.enum(['running', 'paused', 'stopping', 'stopped', 'done']),
  /** All bulk work is paused, or it is quiet hours: this run goes on when that ends. */
  held: z.boolean(),
  /** When the quiet hours that it waits for end; null where it waits for no time. */
  heldUntil: timeText.nullable(),
  startedAt: timeText,
  /** When it went on after a restart of the engine; null where it began in this run of it. */
  resumedAt: timeText.nullable(),
  endedAt: timeText.nullable(),
  total: z.number(),
  underWay: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  /** No longer needed it, or could no longer, when their turn came. */
  skipped: z.number(),
  /** At once; 0: no limit. */
  concurrency: z.number(),
  /** The setting that limits how many are indexed at once, whatever the run's own limit; 0: no limit. */
  indexingAtOnce: z.number(),
  /** Over the last minute of work. */
  perSecond: z.number(),
  etaSeconds: z.number().nullable(),
  /** The largest first. `words` are what the errors have in common; `example` is one of them, whole. */
  failures: z.array(z.object({ words: z.string(), code: z.string(), example: z.string(), count: z.number() })),
  skips: z.array(bulkReason),
})
export type BulkRunView = z.infer<typeof bulkRun>

/** Whether work over many shards waits: initializing all, healing after a start, periodic collections. */
export const bulkState = z.object({
  waitsFor: z.enum(['resume', 'end-of-quiet-hours']).nullable(),
  /** When the quiet hours that it is at the moment end; null outside of them. */
  quietUntil: timeText.nullable(),
})
export type BulkState = z.infer<typeof bulkState>

const concurrency = z.number().int().min(0).max(1024)
const byId = z.object({ runId: idText })
const page = {
  from: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(1000).default(200),
}
const shardsWithReasons = z.object({
  shards: z.array(z.object({ key: z.string(), reason: z.string() })),
  total: z.number(),
})

export const bulk = {
  state: procedure.output(bulkState),
  /** The state now, and again whenever it changes: somebody pauses or resumes, or quiet hours begin or end. */
  watchState: procedure.output(eventIterator(bulkState)),
  /** Holds up all bulk work until `resumeAll`, also after a restart; what is asked for by key goes on. */
  pauseAll: procedure.output(bulkState),
  /** With `now` the quiet hours that it is at the moment are not waited for either. */
  resumeAll: procedure.input(z.object({ now: z.boolean().default(false) })).output(bulkState),
  /** Adds keys to a selection; without a `selectionId` to a new one. */
  gather: procedure
    .input(z.object({ selectionId: idText.nullable().default(null), keys }))
    .output(z.object({ selectionId: idText, count: z.number() })),
  plan: procedure
    .input(
      z.object({
        verb: bulkVerb,
        selection: bulkSelection,
        /** Also those whose data cannot be read now: sealed only, or no source has it. */
        includeSealed: z.boolean().default(false),
        /** For register: index each when it is first acquired. */
        lazy: z.boolean().default(true),
        /** To register one shard: where its bytes are. Without, each key is a piece CID. */
        url: z.string().max(4096).nullable().default(null),
      }),
    )
    .output(eventIterator(bulkPlanEvent)),
  /** What a plan would do (`reason` null), or what it passes over for that reason; a page at a time. */
  planned: procedure
    .input(z.object({ planId: idText, reason: z.string().nullable().default(null), ...page }))
    .output(shardsWithReasons),
  start: procedure.input(z.object({ planId: idText, concurrency })).output(bulkRun),
  list: procedure.output(z.array(bulkRun)),
  watch: procedure.output(eventIterator(tableEvent(bulkRun))),
  pause: procedure.input(byId).output(bulkRun),
  resume: procedure.input(byId).output(bulkRun),
  /** Begins no more. What is under way goes on to its end. */
  stop: procedure.input(byId).output(bulkRun),
  /** Takes effect at once. */
  setConcurrency: procedure.input(byId.extend({ concurrency })).output(bulkRun),
  /** Those that failed, of some causes or of all; a page at a time. */
  failures: procedure
    .input(byId.extend({ words: z.array(z.string()).nullable().default(null), ...page }))
    .output(shardsWithReasons),
  /** Forgets a run that has ended. */
  dismiss: procedure.input(byId).output(bulkRun),
}
