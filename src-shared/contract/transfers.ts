import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { errorValue, idText, procedure, tableEvent, timeText } from './schema.ts'

export const transferState = z.enum(['queued', 'running', 'waiting', 'paused', 'done', 'failed', 'cancelled'])
export type TransferState = z.infer<typeof transferState>

export const transferView = z.object({
  id: idText,
  direction: z.enum(['in', 'out']),
  kind: z.enum(['dag', 'piece', 'deal-data']),
  /** What moves, for a person: a root or piece CID. */
  what: z.string(),
  counterparty: z.string(),
  state: transferState,
  message: z.string(),
  error: errorValue.nullable(),
  doneBytes: z.number(),
  totalBytes: z.number().nullable(),
  rate: z.number(),
  etaSeconds: z.number().nullable(),
  retries: z.number(),
  startedAt: timeText,
  endedAt: timeText.nullable(),
  /** The deal or retrieval this transfer belongs to. */
  ownerId: idText.nullable(),
  log: z.array(z.object({ at: timeText, message: z.string() })),
})
export type TransferView = z.infer<typeof transferView>

export const transfers = {
  list: procedure.output(z.array(transferView)),
  get: procedure.input(z.object({ id: idText })).output(transferView),
  watch: procedure.output(eventIterator(tableEvent(transferView))),
  pause: procedure.input(z.object({ id: idText })).output(transferView),
  resume: procedure.input(z.object({ id: idText })).output(transferView),
  cancel: procedure.input(z.object({ id: idText })).output(transferView),
  restart: procedure.input(z.object({ id: idText })).output(transferView),
}
