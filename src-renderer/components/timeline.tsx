import type { ReactNode } from 'react'
import { type Tone, ToneIcon } from './state-badge.tsx'
import { Age } from './ticking.tsx'

export interface TimelineStep {
  /** Unique within the timeline. */
  id: string
  tone: Tone
  moving?: boolean
  title: string
  at: string | null
  /** How long what ended here took, or how long it has been going on. */
  took?: string | undefined
  detail?: ReactNode
}

/** States in the order in which they came. The last is the current one. */
export function Timeline({ steps, label }: { steps: readonly TimelineStep[]; label: string }) {
  return (
    <ol aria-label={label} className="text-xs">
      {steps.map((step, position) => (
        <li key={step.id} className="relative flex gap-2.5 pb-3 last:pb-0">
          {position < steps.length - 1 && (
            <span aria-hidden className="absolute top-4.5 bottom-0 left-1.75 w-px -translate-x-1/2 bg-line-strong" />
          )}
          <ToneIcon tone={step.tone} moving={step.moving ?? false} className="mt-px" />
          <div className="min-w-0 flex-1">
            <div className="flex items-baseline justify-between gap-3">
              <span className="min-w-0 text-ink">
                <span className="font-medium">{step.title}</span>
                {step.took !== undefined && <span className="figures text-ink-faint"> · {step.took}</span>}
              </span>
              {step.at !== null && (
                <span className="shrink-0 text-ink-faint">
                  <Age at={step.at} ago />
                </span>
              )}
            </div>
            {step.detail !== undefined && <div className="selectable break-words text-ink-soft">{step.detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  )
}
