import { useMemo, useState } from 'react'
import { NOTHING_CHOSEN, prune, type Selection } from './selection.ts'

export interface Choice<Row> {
  selection: Selection
  onSelection: (change: Selection | ((known: Selection) => Selection)) => void
  /** The chosen rows as they are now. */
  rows: Row[]
  byId: ReadonlyMap<string, Row>
}

/** Which rows are chosen. Survives every refresh; rows that are gone are no longer chosen. */
export function useChoice<Row>(rows: readonly Row[], idOf: (row: Row) => string): Choice<Row> {
  const [wanted, onSelection] = useState<Selection>(NOTHING_CHOSEN)
  const byId = useMemo(() => new Map(rows.map((row) => [idOf(row), row])), [rows, idOf])
  const selection = useMemo(() => prune(wanted, (id) => byId.has(id)), [wanted, byId])
  const chosen = useMemo(() => [...selection.chosen].flatMap((id) => byId.get(id) ?? []), [selection, byId])
  return { selection, onSelection, rows: chosen, byId }
}
