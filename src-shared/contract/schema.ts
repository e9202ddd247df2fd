import { oc } from '@orpc/contract'
import { z } from 'zod'
import { ERROR_CODES, ERROR_KINDS, type ErrorCode } from '../errors/index.ts'

/** Pieces that every topic of the contract is made of. */

export const errorValue = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  kind: z.enum(ERROR_KINDS),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  retryable: z.boolean(),
})

/** Base of every procedure: the one typed error carries an ErrorValue. */
export const procedure = oc.errors({ ENGINE: { data: errorValue } })

export const cidText = z.string().min(1).max(512)
export const pathText = z.string().min(1).max(4096)
export const idText = z.string().min(1).max(256)
/** RFC 3339, UTC. */
export const timeText = z.string()

/** Progress of long work. Coalesced by the engine to about ten a second per item. */
export const progress = z.object({
  /** What is being done now, in a word or two for a person: "Reading", "Computing the piece commitment". */
  phase: z.string(),
  doneBytes: z.number(),
  /** null while unknown. */
  totalBytes: z.number().nullable(),
  /** Bytes per second, smoothed. */
  rate: z.number(),
  etaSeconds: z.number().nullable(),
})
export type Progress = z.infer<typeof progress>

/** A remedy is a button in the UI and a verb of the CLI. */
export const remedy = z.enum(['relink', 'reimport', 'materialise', 'drop', 'retry', 'recover', 'free-space'])
export const problem = z.object({
  code: z.string(),
  message: z.string(),
  remedies: z.array(remedy),
})
export type Problem = z.infer<typeof problem>

/**
 * A table as a stream: a snapshot (in one or more parts; `complete` on the last), then changes. `seq` grows by one
 * per event, so a client that misses one knows to subscribe again.
 */
export function tableEvent<Row extends z.ZodType>(row: Row) {
  return z.discriminatedUnion('type', [
    z.object({ type: z.literal('snapshot'), seq: z.number(), rows: z.array(row), complete: z.boolean() }),
    z.object({ type: z.literal('upsert'), seq: z.number(), rows: z.array(row) }),
    z.object({ type: z.literal('remove'), seq: z.number(), ids: z.array(z.string()) }),
  ])
}
export type TableEvent<Row> =
  | { type: 'snapshot'; seq: number; rows: Row[]; complete: boolean }
  | { type: 'upsert'; seq: number; rows: Row[] }
  | { type: 'remove'; seq: number; ids: string[] }

export const nothing = z.object({})
