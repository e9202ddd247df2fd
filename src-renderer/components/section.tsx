import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

interface SectionProps {
  title: string
  /** At the right of the title. */
  action?: ReactNode
  children: ReactNode
  className?: string
}

/** A titled part of a drawer or page. */
export function Section({ title, action, children, className }: SectionProps) {
  return (
    <section aria-label={title} className={classNames('space-y-2', className)}>
      <div className="flex h-6 items-center justify-between gap-2">
        <h3 className="font-semibold text-ink text-xs">{title}</h3>
        {action}
      </div>
      {children}
    </section>
  )
}
