import { type ReactNode, useEffect, useState } from 'react'
import { Button, clockText, ToneIcon } from '../components/index.ts'
import { useConnectionState, useServices } from '../state/index.ts'

/** Says that what is on screen is old, and when the next attempt is made. */
export function ConnectionBanner() {
  const { connection } = useServices()
  const state = useConnectionState()
  const seconds = useSecondsUntil(state.phase === 'lost' ? state.retryAt : null)
  if (state.phase === 'silent')
    return (
      <Banner>
        The engine has not answered since {clockText(state.since)}. What you see is the last that was known.{' '}
        <span className="text-ink-soft">It may be very busy, or stopped. It is asked on and on.</span>
      </Banner>
    )
  if (state.phase !== 'lost' || state.attempts < 2) return null
  return (
    <Banner verb={{ label: 'Try now', onClick: connection.retryNow }}>
      The engine does not answer. What you see is the last that was known.{' '}
      <span className="figures text-ink-soft">
        {seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now.'}
      </span>
    </Banner>
  )
}

function Banner({ children, verb }: { children: ReactNode; verb?: { label: string; onClick: () => void } }) {
  return (
    <div role="alert" className="flex shrink-0 items-center gap-3 border-line border-b bg-attention-soft px-5 py-2">
      <ToneIcon tone="attention" className="size-4" />
      <p className="min-w-0 flex-1 text-ink">{children}</p>
      {verb !== undefined && (
        <Button size="sm" onClick={verb.onClick}>
          {verb.label}
        </Button>
      )}
    </div>
  )
}

function useSecondsUntil(at: number | null): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (at === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [at])
  return at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1000))
}
