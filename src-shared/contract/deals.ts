import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, errorValue, idText, procedure, progress, tableEvent, timeText } from './schema.ts'

/**
 * States of a storage deal, both roles. client: preparing (piece commitment) -> proposing -> transferring -> verifying
 * -> active; provider: accepted -> transferring -> verifying -> handing-off -> active. failed and cancelled end both.
 */
export const dealState = z.enum([
  'preparing',
  'proposing',
  'accepted',
  'transferring',
  'verifying',
  'handing-off',
  'active',
  'failed',
  'cancelled',
])
export type DealState = z.infer<typeof dealState>

export const dealView = z.object({
  dealId: idText,
  role: z.enum(['client', 'provider']),
  state: dealState,
  root: cidText,
  pieceCid: cidText.nullable(),
  pieceCidV2: cidText.nullable(),
  /** Padded piece size in bytes. */
  pieceSize: z.number().nullable(),
  /** Bytes of the CAR that is transferred. */
  carSize: z.number().nullable(),
  /** Base URL of the provider; for the provider role its own. */
  provider: z.string(),
  /** The sentence for the current state. */
  message: z.string(),
  error: errorValue.nullable(),
  progress: progress.nullable(),
  createdAt: timeText,
  updatedAt: timeText,
  timeline: z.array(z.object({ state: dealState, at: timeText, message: z.string() })),
  /** What the client imported, where the client role knows it. */
  importId: idText.nullable(),
})
export type DealView = z.infer<typeof dealView>

export const deals = {
  list: procedure.output(z.array(dealView)),
  get: procedure.input(z.object({ dealId: idText })).output(dealView),
  watch: procedure.output(eventIterator(tableEvent(dealView))),
  /** Proposes a storage deal for a root held by an import. `provider` null: Carport's own provider role. */
  propose: procedure.input(z.object({ root: cidText, provider: z.url().nullable().default(null) })).output(dealView),
  /** Returns when the deal is active; fails with its error when it failed. */
  wait: procedure.input(z.object({ dealId: idText })).output(dealView),
  cancel: procedure.input(z.object({ dealId: idText })).output(dealView),
  retry: procedure.input(z.object({ dealId: idText })).output(dealView),
  /** Forgets an ended deal. Pieces and shards stay. */
  remove: procedure.input(z.object({ dealId: idText })).output(z.object({ dealId: idText })),
}
