import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { idText, procedure, tableEvent } from './schema.ts'

/**
 * Named ways to look at a table: filter, sorting, columns. They are the engine's, not the window's: a browser's own
 * storage belongs to an address, and the address of a headless engine may change at every start.
 */
const tableLook = z.object({
  chip: z.string().max(256),
  query: z.string().max(1024),
  sort: z.object({ column: z.string().max(256), descending: z.boolean() }),
  /** Pixels by column id, where they differ from the column's own. */
  widths: z.record(z.string().max(256), z.number().min(0).max(10_000)),
  /** Shown or not by column id, where it differs from the column's own. */
  visible: z.record(z.string().max(256), z.boolean()),
})
export type TableLook = z.infer<typeof tableLook>

const viewName = z.string().trim().min(1).max(80)
const tableName = z.string().min(1).max(64)

export const savedView = z.object({ id: idText, table: tableName, name: viewName, look: tableLook })
export type SavedView = z.infer<typeof savedView>

export const views = {
  list: procedure.output(z.array(savedView)),
  watch: procedure.output(eventIterator(tableEvent(savedView))),
  /** A new view without `id`; with it the view gets this name and look. A table has each name once. */
  save: procedure.input(savedView.extend({ id: idText.nullable().default(null) })).output(savedView),
  remove: procedure.input(z.object({ id: idText })).output(savedView),
}
