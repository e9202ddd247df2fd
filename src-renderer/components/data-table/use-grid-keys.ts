import type { KeyboardEvent } from 'react'
import { hasMod } from '../platform.ts'
import { choose, extendTo, NOTHING_CHOSEN, type Selection, toggle } from './selection.ts'

interface GridKeys {
  /** Ids in the order on screen. */
  order: () => readonly string[]
  /** Position of the keyboard's row; -1 while there is none. */
  currentIndex: () => number
  rowsPerPage: number
  selection: Selection
  onSelection: (selection: Selection) => void
  onCurrent: (id: string, index: number) => void
  onOpen: (id: string) => void
  /** Opens the row's menu, as a right click would. */
  onMenu: (id: string) => void
  onDelete: (() => void) | undefined
  onClose: () => void
}

/** The keyboard of a table: arrows, pages, ranges with Shift, Space, Enter, Ctrl+A, Delete, Shift+F10, Esc. */
export function useGridKeys(keys: GridKeys): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    if (event.target !== event.currentTarget) {
      if (event.key === 'Escape' && isInside(event)) event.currentTarget.focus()
      return
    }
    const handled = move(event, keys) || act(event, keys)
    if (!handled) return
    event.preventDefault()
    event.stopPropagation()
  }
}

/** On a button of a row, not in a menu that belongs to the table but lies over it. */
function isInside({ target, currentTarget }: KeyboardEvent<HTMLElement>): boolean {
  return target instanceof Node && currentTarget.contains(target)
}

function move(event: KeyboardEvent, { order, currentIndex, rowsPerPage, selection, onSelection, onCurrent }: GridKeys) {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: rowsPerPage,
    PageUp: -rowsPerPage,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  }
  const step = steps[event.key]
  if (step === undefined || event.altKey) return false
  const ids = order()
  const at = currentIndex()
  const index = Math.min(ids.length - 1, Math.max(0, at + (at === -1 && step < 0 ? 0 : step)))
  const id = ids[index]
  if (id === undefined) return true
  if (event.shiftKey) {
    const current = ids[at]
    const from = selection.anchor === null && current !== undefined ? choose(current) : selection
    onSelection(extendTo(from, id, ids))
  }
  onCurrent(id, index)
  return true
}

function act(event: KeyboardEvent, keys: GridKeys): boolean {
  const { order, currentIndex, selection, onSelection, onOpen, onMenu, onDelete, onClose } = keys
  const current = order()[currentIndex()]
  switch (event.key) {
    case 'Enter':
      if (current !== undefined) onOpen(current)
      return true
    case ' ':
      if (current !== undefined) onSelection(toggle(selection, current))
      return true
    case 'a':
      if (!hasMod(event)) return false
      onSelection({ chosen: new Set(order()), anchor: selection.anchor })
      return true
    case 'F10':
      if (!event.shiftKey || current === undefined) return false
      onMenu(current)
      return true
    case 'ContextMenu':
      if (current !== undefined) onMenu(current)
      return true
    case 'Delete':
    case 'Backspace':
      if (onDelete === undefined) return false
      if (selection.chosen.size === 0 && current !== undefined) onSelection(choose(current))
      onDelete()
      return true
    case 'Escape':
      if (selection.chosen.size > 0) onSelection(NOTHING_CHOSEN)
      else onClose()
      return true
    default:
      return false
  }
}
