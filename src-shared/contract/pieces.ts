import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, idText, pathText, procedure, progress, tableEvent, timeText } from './schema.ts'

/** A deal of a lotus-miner that was migrated: Carport tells of it, and made nothing of it itself. */
export const lotusDeal = z.object({
  proposalCid: z.string(),
  /** Deal on the chain; "0" before there was one. */
  dealId: idText,
  /** As Lotus names it, when it was migrated: `StorageDealActive`. */
  state: z.string(),
})
export type LotusDeal = z.infer<typeof lotusDeal>

export const pieceView = z.object({
  pieceCid: cidText,
  pieceCidV2: cidText.nullable(),
  /** Padded piece size; null where the source does not tell. */
  pieceSize: z.number().nullable(),
  /** Bytes of the unsealed copy as it lies there. */
  sizeBytes: z.number().nullable(),
  /** Path of the unsealed copy, where there is one on this machine. */
  path: z.string().nullable(),
  source: z.enum(['directory', 'lotus-storage', 'http']),
  state: z.enum(['unsealed', 'sealed-only', 'missing']),
  hasShard: z.boolean(),
  /** Ids of Carport's own deals on it. */
  deals: z.array(idText),
  /** Deals on it of lotus-miners that were migrated. */
  lotusDeals: z.array(lotusDeal),
  addedAt: timeText.nullable(),
})
export type PieceView = z.infer<typeof pieceView>

export const pieceCommitment = z.object({
  rawSize: z.number(),
  pieceSize: z.number(),
  pieceCid: cidText,
  /** null below 127 bytes, where FRC-0069 has none. */
  pieceCidV2: cidText.nullable(),
})
export type PieceCommitmentView = z.infer<typeof pieceCommitment>

export const commpEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  z.object({ type: z.literal('done'), commitment: pieceCommitment }),
])

export const pieces = {
  list: procedure.output(z.array(pieceView)),
  get: procedure.input(z.object({ pieceCid: cidText })).output(pieceView),
  watch: procedure.output(eventIterator(tableEvent(pieceView))),
  /** Copies a CAR into the piece store after computing its commitment; refuses one that differs from `pieceCid`. */
  add: procedure.input(z.object({ path: pathText, pieceCid: cidText.nullable().default(null) })).output(pieceView),
  /** Piece commitment of the bytes of a file as they are. */
  commp: procedure.input(z.object({ path: pathText })).output(eventIterator(commpEvent)),
  remove: procedure
    .input(z.object({ pieceCid: cidText }))
    .output(z.object({ pieceCid: cidText, freedBytes: z.number() })),
}
