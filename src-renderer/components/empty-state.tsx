import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  /** One sentence. */
  children?: ReactNode
  action?: ReactNode
}

/** Instead of a blank table: what would be here, and the one thing to do about it. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex h-full min-h-56 flex-col items-center justify-center gap-3 px-6 py-10 text-center">
      <div className="flex size-11 items-center justify-center rounded-md bg-sunken text-ink-faint shadow-[inset_0_0_0_1px_var(--line)]">
        <Icon aria-hidden className="size-5" strokeWidth={1.5} />
      </div>
      <div className="max-w-96 space-y-1">
        <div className="font-medium text-ink">{title}</div>
        {children !== undefined && <div className="text-balance text-ink-soft">{children}</div>}
      </div>
      {action !== undefined && <div className="flex gap-2 pt-1">{action}</div>}
    </div>
  )
}
