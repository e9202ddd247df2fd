import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, pathText, procedure, progress } from './schema.ts'

export const carProblem = z.object({ code: z.string(), message: z.string(), offset: z.number().nullable() })

/** What a CAR file says of itself, from its headers and section heads. Lengths in bytes. */
export const carInspection = z.object({
  version: z.number(),
  roots: z.array(cidText),
  rootsPresent: z.boolean(),
  blockCount: z.number(),
  blockLength: z.object({ min: z.number(), mean: z.number(), max: z.number() }),
  cidLength: z.object({ min: z.number(), mean: z.number(), max: z.number() }),
  codecs: z.record(z.string(), z.number()),
  multihashes: z.record(z.string(), z.number()),
  payloadOffset: z.number(),
  payloadBytes: z.number(),
  indexOffset: z.number().nullable(),
  indexCodec: z.string().nullable(),
  fullyIndexed: z.boolean(),
  finalized: z.boolean(),
  /** Zero bytes after the last section: the padding of a piece. */
  trailingZeroBytes: z.number(),
  isReferenceCar: z.boolean(),
})
export type CarInspection = z.infer<typeof carInspection>

export const carVerdict = z.object({
  ok: z.boolean(),
  /** The verdict in words, first sentence first, and what to do. */
  verdict: z.string(),
  path: z.string(),
  version: z.number().nullable(),
  roots: z.array(cidText),
  missingRoots: z.array(cidText),
  blockCount: z.number(),
  payloadBytes: z.number(),
  fileBytes: z.number(),
  trailingZeroBytes: z.number(),
  dagComplete: z.boolean().nullable(),
  missingBlocks: z.array(cidText),
  index: z.enum(['ok', 'absent', 'wrong', 'unreadable']),
  problems: z.array(carProblem),
  pieceCid: cidText.nullable(),
  pieceCidV2: cidText.nullable(),
  pieceSize: z.number().nullable(),
  repairs: z.array(z.enum(['truncate', 'rebuild-index', 'finalize'])),
})
export type CarVerdict = z.infer<typeof carVerdict>

export const verifyEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  z.object({ type: z.literal('done'), verdict: carVerdict }),
])

export const inspect = {
  inspect: procedure.input(z.object({ path: pathText, full: z.boolean().default(false) })).output(carInspection),
  verify: procedure.input(z.object({ path: pathText })).output(eventIterator(verifyEvent)),
  /** Writes a repaired copy to `outPath`; the original is not touched. */
  repair: procedure
    .input(z.object({ path: pathText, outPath: pathText }))
    .output(z.object({ outPath: z.string(), actions: z.array(z.string()), verdict: carVerdict })),
}
