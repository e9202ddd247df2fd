import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, LoaderCircle, type LucideIcon } from 'lucide-react'
import { type KeyboardEvent, useId, useRef } from 'react'
import { classNames } from './class-names.ts'

/** One visible line of a tree, in the order on screen. */
export interface TreeLine {
  id: string
  depth: number
  label: string
  /** At the right end: a size. */
  note?: string
  icon: LucideIcon
  /** null: it has no children. */
  open: boolean | null
  busy?: boolean
  /** Shown as missing or not available. */
  dim?: boolean
}

interface TreeProps {
  label: string
  lines: readonly TreeLine[]
  selectedId: string | null
  onSelect: (id: string) => void
  onToggle: (id: string) => void
}

const LINE_PX = 26

/** A tree of any size: virtual lines, arrow keys as everywhere. */
export function Tree({ label, lines, selectedId, onSelect, onToggle }: TreeProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const treeId = useId()
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 12,
  })
  const at = lines.findIndex(({ id }) => id === selectedId)
  const select = (index: number) => {
    const line = lines[Math.min(lines.length - 1, Math.max(0, index))]
    if (line === undefined) return
    onSelect(line.id)
    virtual.scrollToIndex(lines.indexOf(line))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const line = lines[at]
    const target = indexFor(event.key, lines, at)
    const toggles =
      (event.key === 'Enter' && line?.open !== null) ||
      (event.key === 'ArrowRight' && line?.open === false) ||
      (event.key === 'ArrowLeft' && line?.open === true)
    if (toggles && line !== undefined) onToggle(line.id)
    else if (target !== null) select(target)
    else return
    event.preventDefault()
  }
  const shown = virtual.getVirtualItems()
  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={label}
      aria-activedescendant={shown.some(({ index }) => index === at) ? `${treeId}-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="group/tree -outline-offset-2 h-full overflow-auto py-1 outline-none"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const line = lines[index]
          if (line === undefined) return null
          const { icon: Icon } = line
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keyboard
            <div
              key={line.id}
              id={`${treeId}-${index}`}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-expanded={line.open ?? undefined}
              aria-selected={line.id === selectedId}
              onClick={() => onSelect(line.id)}
              onDoubleClick={() => line.open !== null && onToggle(line.id)}
              className={classNames(
                'absolute inset-x-0 flex items-center gap-1.5 pr-3 text-xs',
                line.id === selectedId
                  ? 'bg-accent-soft text-ink group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-focus -outline-offset-2'
                  : 'text-ink-soft hover:bg-hover hover:text-ink',
                line.dim === true && 'text-ink-faint italic',
              )}
              style={{ height: LINE_PX, transform: `translateY(${start}px)`, paddingLeft: 8 + line.depth * 14 }}
            >
              <span
                aria-hidden
                className="flex size-4 shrink-0 items-center justify-center"
                onClick={(event) => {
                  if (line.open === null) return
                  event.stopPropagation()
                  onToggle(line.id)
                }}
              >
                {line.busy === true ? (
                  <LoaderCircle className="size-3 animate-turn" />
                ) : (
                  line.open !== null && (
                    <ChevronRight className={classNames('size-3.5 transition-transform', line.open && 'rotate-90')} />
                  )
                )}
              </span>
              <Icon aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
              <span className="min-w-0 flex-1 truncate">{line.label}</span>
              {line.note !== undefined && <span className="figures shrink-0 text-ink-faint">{line.note}</span>}
            </div>
          )
        })}
      </div>
    </div>
  )
}

const PAGE = 15

/** Where a key leads; null for keys that lead nowhere. */
function indexFor(key: string, lines: readonly TreeLine[], at: number): number | null {
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return at + 1
    case 'ArrowUp':
      return at - 1
    case 'ArrowLeft':
      return parentOf(lines, at)
    case 'PageDown':
      return at + PAGE
    case 'PageUp':
      return at - PAGE
    case 'Home':
      return 0
    case 'End':
      return lines.length - 1
    default:
      return null
  }
}

function parentOf(lines: readonly TreeLine[], at: number): number {
  const depth = lines[at]?.depth ?? 0
  for (let index = at - 1; index >= 0; index--) if ((lines[index]?.depth ?? 0) < depth) return index
  return at
}
