import { ArrowLeft, X } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { IconButton } from './button.tsx'

interface DrawerProps {
  /** What it is: "Import". */
  kind: string
  title: ReactNode
  /** State, in one line under the title. */
  state?: ReactNode
  /** Verbs, under the state. */
  actions?: ReactNode
  onClose: () => void
  children: ReactNode
}

/** Details of one row. */
export function Drawer({ kind, title, state, actions, onClose, children }: DrawerProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) onClose()
  }
  return (
    <aside aria-label={`${kind} details`} onKeyDown={onKeyDown} className="flex h-full flex-col">
      <header className="space-y-2 border-line border-b px-4 pt-3 pb-3">
        <div className="flex items-start gap-1">
          <IconButton
            icon={ArrowLeft}
            label="Back to the table"
            size="sm"
            onClick={onClose}
            className="-ml-1 hidden group-data-page/drawer:flex"
          />
          <div className="min-w-0 flex-1">
            <p className="text-ink-faint text-xs">{kind}</p>
            <h2 className="selectable break-words font-semibold text-ink text-md">{title}</h2>
          </div>
          <IconButton
            icon={X}
            label="Close details"
            shortcut="Esc"
            size="sm"
            onClick={onClose}
            className="group-data-page/drawer:hidden"
          />
        </div>
        {state}
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      <section
        aria-label={`${kind} facts`}
        tabIndex={0}
        className="-outline-offset-2 min-h-0 flex-1 space-y-5 overflow-y-auto px-4 py-4"
      >
        {children}
      </section>
    </aside>
  )
}

/** Shown where the address names something that is not, or no longer, in the table. */
export function MissingDrawer({ kind, onClose }: { kind: string; onClose: () => void }) {
  return (
    <Drawer kind={kind} title="No longer there" onClose={onClose}>
      <p className="text-ink-soft">It was removed, or belongs to another data directory.</p>
    </Drawer>
  )
}
