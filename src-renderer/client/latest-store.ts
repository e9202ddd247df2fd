import { createStore, type StoreApi } from 'zustand/vanilla'
import { pauseMs } from './connection.ts'

/** The newest value of a stream, or null before the first. Stays while the engine is away. */
export interface LatestState<Value> {
  value: Value | null
  live: boolean
}

export interface LatestSource<Value> {
  watch: (signal: AbortSignal) => Promise<AsyncIterable<Value>>
  whenOnline: (signal: AbortSignal) => Promise<void>
  onValue?: (value: Value) => void
}

/** Follows the stream for the life of the window. */
export function createLatestStore<Value>(source: LatestSource<Value>): StoreApi<LatestState<Value>> {
  const state = createStore<LatestState<Value>>(() => ({ value: null, live: false }))
  const never = new AbortController().signal
  async function follow(): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await source.whenOnline(never)
        for await (const value of await source.watch(never)) {
          failures = 0
          state.setState({ value, live: true }, true)
          source.onValue?.(value)
        }
      } catch {
        // What is known stays on screen, marked as not live; the connection banner says why.
      }
      state.setState({ live: false })
      await new Promise((resolve) => setTimeout(resolve, pauseMs(failures + 1)))
    }
  }
  void follow()
  return state
}
