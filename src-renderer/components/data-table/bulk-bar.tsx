import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../button.tsx'

/** What can be done with all chosen rows, over the foot of the table. */
export function BulkBar({ count, onClear, children }: { count: number; onClear: () => void; children: ReactNode }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-4 z-30 flex justify-center">
      <div
        role="toolbar"
        aria-label="Chosen rows"
        className="pointer-events-auto flex animate-appear items-center gap-1.5 rounded-md bg-raised py-1.5 pr-1.5 pl-3 shadow-raised"
      >
        <span className="figures pr-2 font-medium text-ink text-xs" aria-live="polite">
          {count.toLocaleString()} chosen
        </span>
        {children}
        <IconButton icon={X} label="Clear the choice" shortcut="Esc" size="sm" onClick={onClear} />
      </div>
    </div>
  )
}
