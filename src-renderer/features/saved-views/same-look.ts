import type { TableLook } from '../../../src-shared/contract/index.ts'

/** Whether two looks show a table alike; the order of their columns' ids does not matter. */
export function sameLook(a: TableLook, b: TableLook): boolean {
  return (
    a.chip === b.chip &&
    a.query.trim() === b.query.trim() &&
    a.sort.column === b.sort.column &&
    a.sort.descending === b.sort.descending &&
    sameRecord(a.widths, b.widths) &&
    sameRecord(a.visible, b.visible)
  )
}

function sameRecord(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
