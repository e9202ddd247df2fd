import { useCallback, useEffect, useRef, useState } from 'react'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { errorValueOf } from '../client/index.ts'
import { toast } from '../components/index.ts'

/** Runs what a button asked for: busy meanwhile, a failure as a toast titled `what`. Resolves false when it failed. */
export function useTask(): { busy: boolean; run: (what: string, work: () => Promise<unknown>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false)
  const run = useCallback(async (what: string, work: () => Promise<unknown>) => {
    setBusy(true)
    try {
      return await attempt(what, work)
    } finally {
      setBusy(false)
    }
  }, [])
  return { busy, run }
}

/** The same outside of a component's life: a menu closes before its work is done. */
export async function attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    const value = errorValueOf(error)
    if (value.code !== 'CANCELLED') toast.failed(what, value)
    return false
  }
}

export type Loaded<Value> =
  | { status: 'loading'; value: Value | null }
  | { status: 'ready'; value: Value }
  | { status: 'failed'; value: Value | null; error: ErrorValue }

/**
 * A value asked of the engine, again whenever `key` or `version` changes or `reload` is called. The value before stays
 * until the new one is there, unless the key changed; a null key asks nothing.
 */
export function useLoaded<Value>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<Value>,
  version: string | number = '',
): Loaded<Value> & { reload: () => void } {
  const [state, setState] = useState<Loaded<Value> & { key: string | null }>({ status: 'loading', value: null, key })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  useEffect(() => {
    latest.current = load
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` and `version` ask again
  useEffect(() => {
    if (key === null) return
    const controller = new AbortController()
    setState((before) => ({ status: 'loading', value: before.key === key ? before.value : null, key }))
    latest.current(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ status: 'ready', value, key })
      },
      (error: unknown) => {
        if (!controller.signal.aborted)
          setState((before) => ({ status: 'failed', value: before.value, error: errorValueOf(error), key }))
      },
    )
    return () => controller.abort()
  }, [key, version, round])
  const reload = useCallback(() => setRound((count) => count + 1), [])
  const current: Loaded<Value> = state.key === key ? state : { status: 'loading', value: null }
  return { ...current, reload }
}
