import { Download, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, IconButton } from '../button.tsx'
import { Menu, type MenuEntry } from '../menu.tsx'

interface BulkBarProps {
  count: number
  /** How many of them the filter hides. */
  hidden: number
  exportEntries: () => MenuEntry[]
  onClear: () => void
  children: ReactNode
}

/** What can be done with all chosen rows, over the foot of the table. */
export function BulkBar({ count, hidden, exportEntries, onClear, children }: BulkBarProps) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-4 z-30 flex justify-center">
      <div
        role="toolbar"
        aria-label="Chosen rows"
        className="pointer-events-auto flex max-w-full animate-appear flex-wrap items-center gap-1.5 rounded-md bg-raised py-1.5 pr-1.5 pl-3 shadow-raised"
      >
        <span className="figures pr-2 font-medium text-ink text-xs" aria-live="polite">
          {count.toLocaleString('en')} chosen
          {hidden > 0 && (
            <span className="font-normal text-ink-soft">
              , {hidden === count ? 'none shown' : `${hidden.toLocaleString('en')} not shown`}
            </span>
          )}
        </span>
        {children}
        <Menu entries={exportEntries}>
          <Button size="sm" icon={Download}>
            Export
          </Button>
        </Menu>
        <IconButton icon={X} label="Clear the choice" shortcut="Esc" size="sm" onClick={onClear} />
      </div>
    </div>
  )
}
