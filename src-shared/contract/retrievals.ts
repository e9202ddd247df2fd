import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, errorValue, idText, pathText, procedure, progress, tableEvent, timeText } from './schema.ts'

export const retrievalState = z.enum(['transferring', 'exporting', 'done', 'failed', 'cancelled'])
export type RetrievalState = z.infer<typeof retrievalState>

export const retrievalView = z.object({
  dealId: idText,
  root: cidText,
  /** Path below the root of the part that was asked for; null: all of it. */
  selector: z.string().nullable(),
  state: retrievalState,
  message: z.string(),
  error: errorValue.nullable(),
  receivedBytes: z.number(),
  totalBytes: z.number().nullable(),
  blockCount: z.number(),
  /** Base URL of the provider, or "local". */
  provider: z.string(),
  carPath: z.string(),
  carSizeBytes: z.number().nullable(),
  /** true when a walk from the root found every block. */
  complete: z.boolean(),
  /** Where the content was exported to last; null when it was not. */
  path: z.string().nullable(),
  progress: progress.nullable(),
  createdAt: timeText,
  updatedAt: timeText,
})
export type RetrievalView = z.infer<typeof retrievalView>

export const exportFormat = z.enum(['files', 'car', 'car-v2'])

export const retrievals = {
  list: procedure.output(z.array(retrievalView)),
  get: procedure.input(z.object({ dealId: idText })).output(retrievalView),
  watch: procedure.output(eventIterator(tableEvent(retrievalView))),
  /**
   * Retrieves the DAG below `root` into retrievals/<dealID>.car and, with `outPath`, exports it there.
   * With `selector` only the part at a path below the root: names of entries, steps of IPLD's data model
   * (`Links/0/Hash`), or any IPLD selector as JSON, whose blocks are exported as a CAR; `proof` exports, as a CAR, the nodes on
   * the way, too.
   * `from` empty: Carport's own provider role over loopback. "local": from imports and earlier retrievals.
   */
  start: procedure
    .input(
      z.object({
        root: cidText,
        selector: z.string().min(1).max(16_384).nullable().default(null),
        from: z.array(z.string().max(2048)).default([]),
        outPath: pathText.nullable().default(null),
        format: exportFormat.default('files'),
        overwrite: z.boolean().default(false),
        proof: z.boolean().default(false),
      }),
    )
    .output(retrievalView),
  wait: procedure.input(z.object({ dealId: idText })).output(retrievalView),
  cancel: procedure.input(z.object({ dealId: idText })).output(retrievalView),
  /** Continues a failed or interrupted retrieval with the blocks that are there. */
  retry: procedure.input(z.object({ dealId: idText })).output(retrievalView),
  export: procedure
    .input(
      z.object({
        dealId: idText,
        outPath: pathText,
        format: exportFormat.default('files'),
        overwrite: z.boolean().default(false),
        proof: z.boolean().default(false),
      }),
    )
    .output(retrievalView),
  /** Removes the record and its CAR; exported files stay. */
  remove: procedure.input(z.object({ dealId: idText })).output(z.object({ dealId: idText, freedBytes: z.number() })),
}
