import { useMemo, useState } from 'react'
import { NOTHING_CHOSEN, prune, type Selection } from './selection.ts'

export interface Choice<Row> {
  selection: Selection
  onSelection: (change: Selection | ((known: Selection) => Selection)) => void
  /** The chosen rows as they are now. */
  rows: Row[]
}

/** Which rows are chosen. Survives every refresh; rows that are gone are no longer chosen. */
export function useChoice<Row>(rows: readonly Row[], idOf: (row: Row) => string): Choice<Row> {
  const [wanted, onSelection] = useState<Selection>(NOTHING_CHOSEN)
  return useMemo(() => {
    if (wanted.chosen.size === 0) return { selection: wanted, onSelection, rows: [] }
    const chosen = rows.filter((row) => wanted.chosen.has(idOf(row)))
    const there = new Set(chosen.map(idOf))
    return { selection: prune(wanted, (id) => there.has(id)), onSelection, rows: chosen }
  }, [wanted, rows, idOf])
}
