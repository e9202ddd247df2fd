import type { Table } from '../base/index.ts'

/** Resolves with the first row, now or later, that `accept` takes. */
export async function rowWhere<Row>(table: Table<Row>, accept: (row: Row) => boolean): Promise<Row> {
  const controller = new AbortController()
  try {
    for await (const event of table.watch(controller.signal)) {
      const found = event.type === 'remove' ? undefined : event.rows.find(accept)
      if (found !== undefined) return found
    }
  } finally {
    controller.abort()
  }
  throw new Error('the table ended')
}
