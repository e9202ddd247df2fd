import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { type Tone, ToneIcon, toneSoft } from './state-badge.tsx'

interface CalloutProps {
  tone: Tone
  title: ReactNode
  children?: ReactNode
  /** What can be done about it. */
  actions?: ReactNode
  className?: string
}

/** Something that has to be known at this place: what, why, and what to do. */
export function Callout({ tone, title, children, actions, className }: CalloutProps) {
  return (
    <div className={classNames('flex gap-2.5 rounded-md px-3 py-2.5', toneSoft(tone), className)}>
      <ToneIcon tone={tone} className="mt-0.75" />
      <div className="min-w-0 flex-1 space-y-1">
        <div className="selectable font-medium text-ink">{title}</div>
        {children !== undefined && <div className="selectable break-words text-ink-soft text-xs">{children}</div>}
        {actions !== undefined && actions !== false && <div className="flex flex-wrap gap-2 pt-1">{actions}</div>}
      </div>
    </div>
  )
}
