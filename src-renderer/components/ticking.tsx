import { useEffect, useState, useSyncExternalStore } from 'react'
import { ageText, agoText, momentText } from './time-text.ts'
import { Tooltip } from './tooltip.tsx'

const TICK_MS = 10_000
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One clock for every age on screen, ticking only while one is shown. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now()
    timer = setInterval(() => {
      now = Date.now()
      for (const each of listeners) each()
    }, TICK_MS)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

interface AgeProps {
  at: string | number
  /** With "ago", in running text. */
  ago?: boolean
}

/** How long ago; the exact moment on hover. */
export function Age({ at, ago = false }: AgeProps) {
  const current = useNow()
  const text = ago ? agoText(at, current) : ageText(at, current)
  return (
    <Tooltip text={momentText(at)}>
      <time dateTime={new Date(at).toISOString()} className="figures whitespace-nowrap">
        {text}
      </time>
    </Tooltip>
  )
}

const CALM_MS = 1000
const calmListeners = new Set<() => void>()
let calmTimer: ReturnType<typeof setInterval> | undefined

/**
 * The value as it was at most a second ago: numbers that change ten times a second cannot be read. The first one comes
 * at once. All change together, so that the same number in two places is the same.
 */
export function useCalm<Value>(value: Value): Value {
  const [shown, setShown] = useState(value)
  const [latest] = useState<{ value: Value }>({ value })
  useEffect(() => {
    latest.value = value
  })
  useEffect(() => onCalmTick(() => setShown(() => latest.value)), [latest])
  return shown ?? value
}

function onCalmTick(listener: () => void): () => void {
  if (calmListeners.size === 0)
    calmTimer = setInterval(() => {
      for (const each of calmListeners) each()
    }, CALM_MS)
  calmListeners.add(listener)
  return () => {
    calmListeners.delete(listener)
    if (calmListeners.size === 0) clearInterval(calmTimer)
  }
}
