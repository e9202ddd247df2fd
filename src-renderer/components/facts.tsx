import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

/** Label and value; a value of null is left out. */
export type Fact = readonly [label: string, value: ReactNode]

/** What is known of one thing, as a list of label and value. */
export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={classNames('grid grid-cols-[104px_1fr] gap-x-4 gap-y-2 text-xs', className)}>
      {facts
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-faint">{label}</dt>
            <dd className="selectable min-w-0 break-words text-ink">{value}</dd>
          </div>
        ))}
    </dl>
  )
}
