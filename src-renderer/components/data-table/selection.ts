/** Which rows are chosen. Ids, so that a choice survives every refresh of the rows. */
export interface Selection {
  chosen: ReadonlySet<string>
  /** Where a range with Shift begins. */
  anchor: string | null
}

export const NOTHING_CHOSEN: Selection = { chosen: new Set(), anchor: null }

export function choose(id: string): Selection {
  return { chosen: new Set([id]), anchor: id }
}

/** Ctrl or ⌘ click, the check box, Space. */
export function toggle({ chosen }: Selection, id: string): Selection {
  const next = new Set(chosen)
  if (!next.delete(id)) next.add(id)
  return { chosen: next, anchor: id }
}

/** Shift click, Shift with an arrow: everything between the anchor and `id`, in the order on screen. */
export function extendTo({ anchor }: Selection, id: string, order: readonly string[]): Selection {
  const from = anchor === null ? -1 : order.indexOf(anchor)
  const to = order.indexOf(id)
  if (from === -1 || to === -1) return choose(id)
  return { chosen: new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1)), anchor }
}

/** Shift with a check box: ticks what lies between the anchor and `id`, and keeps what was ticked before. */
export function tickTo(selection: Selection, id: string, order: readonly string[]): Selection {
  const { chosen } = extendTo(selection, id, order)
  return { chosen: new Set([...selection.chosen, ...chosen]), anchor: id }
}

/** The choice without rows that are no longer there; the same object when nothing changes. */
export function prune(selection: Selection, exists: (id: string) => boolean): Selection {
  const left = [...selection.chosen].filter(exists)
  if (left.length === selection.chosen.size) return selection
  return { chosen: new Set(left), anchor: selection.anchor }
}
