import type { ReactNode } from 'react'
import { ADVICE, type ErrorValue } from '../../src-shared/errors/index.ts'
import { Callout } from './callout.tsx'

const TITLES: Record<ErrorValue['kind'], string> = {
  invalid: 'This cannot be done as asked',
  missing: 'Something is not there',
  conflict: 'This clashes with something else',
  corrupt: 'The data is damaged',
  unavailable: 'No answer at the moment',
  limit: 'A limit is reached',
  cancelled: 'Cancelled',
  internal: 'Carport made a mistake',
}

interface ErrorPanelProps {
  error: ErrorValue
  title?: string
  actions?: ReactNode
}

/** What happened, why, what to do; the code last, for searching. */
export function ErrorPanel({ error, title, actions }: ErrorPanelProps) {
  return (
    <Callout
      tone={error.kind === 'cancelled' ? 'idle' : 'failed'}
      title={title ?? TITLES[error.kind]}
      actions={actions}
    >
      <p>{error.message}</p>
      <p className="pt-1">{ADVICE[error.code]}</p>
      <p className="pt-1 font-mono text-2xs text-ink-faint">{error.code}</p>
    </Callout>
  )
}
