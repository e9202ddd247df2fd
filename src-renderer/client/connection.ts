import { createORPCClient, DynamicLink } from '@orpc/client'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from './client.ts'
import { OfflineError } from './error-value.ts'
import type { OpenTransport, Transport } from './transport.ts'

/**
 * Keeps one way to the engine open. A lost one is opened again with growing pauses, at once when the user asks or the
 * machine comes back online. While it is open it is asked from time to time whether anybody answers. Calls made while
 * nobody does fail immediately: an action must never run late and unseen.
 */
export type ConnectionState =
  | { phase: 'connecting' }
  | { phase: 'online' }
  /** The way is open and nobody answers, as when the engine's process is stopped; `since` is a time of `Date.now()`. */
  | { phase: 'silent'; since: number }
  /** `retryAt` is a time of `Date.now()`. */
  | { phase: 'lost'; attempts: number; retryAt: number }

export interface Connection {
  readonly client: Client
  readonly state: StoreApi<ConnectionState>
  start(): void
  stop(): void
  /** Ends the pause before the next attempt. */
  retryNow(): void
  /** Resolves when calls can be made; rejects when `signal` is aborted. */
  whenOnline(signal: AbortSignal): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8000

/** How often the engine is asked whether it answers, and how long it may take. */
export interface Pulse {
  everyMs: number
  patienceMs: number
}

const USUAL_PULSE: Pulse = { everyMs: 3000, patienceMs: 5000 }

/** Pause before attempt number `attempts` (1 is the first after a loss). */
export function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1))
}

export function createConnection(transport: Transport, pulse = USUAL_PULSE): Connection {
  const state = createStore<ConnectionState>(() => ({ phase: 'connecting' }))
  const stopped = new AbortController()
  let open: OpenTransport | null = null
  let endPause: (() => void) | null = null

  const client = createORPCClient<Client>(
    new DynamicLink(() => {
      if (open === null || state.getState().phase !== 'online') throw new OfflineError()
      return open.link
    }),
  )

  async function run(): Promise<void> {
    let attempts = 0
    while (!stopped.signal.aborted) {
      try {
        const opened = await transport(stopped.signal)
        open = opened
        attempts = 0
        state.setState({ phase: 'online' }, true)
        const closed = new AbortController()
        void feelPulse(opened, state, closed.signal, pulse)
        await opened.closed.finally(() => closed.abort())
      } catch {
        // The next attempt follows below, and `state` says so.
      }
      open = null
      if (stopped.signal.aborted) return
      attempts++
      const pause = pauseMs(attempts)
      state.setState({ phase: 'lost', attempts, retryAt: Date.now() + pause }, true)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause)
        endPause = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      endPause = null
    }
  }

  return {
    client,
    state,
    start: () => void run(),
    stop: () => {
      stopped.abort()
      open?.close()
      endPause?.()
    },
    retryNow: () => endPause?.(),
    whenOnline: (signal) => whenOnline(state, signal),
  }
}

/** Says in `state` when nobody answers on an open way, and when somebody does again. Ends when it is closed. */
async function feelPulse(
  { link }: OpenTransport,
  state: StoreApi<ConnectionState>,
  closed: AbortSignal,
  { everyMs, patienceMs }: Pulse,
): Promise<void> {
  const client = createORPCClient<Client>(link)
  while (!closed.aborted) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    const since = Date.now()
    const silent = setTimeout(() => !closed.aborted && state.setState({ phase: 'silent', since }, true), patienceMs)
    // An answer that says no is one, too.
    await client.system.info().catch(() => undefined)
    clearTimeout(silent)
    if (!closed.aborted && state.getState().phase === 'silent') state.setState({ phase: 'online' }, true)
  }
}

function whenOnline(state: StoreApi<ConnectionState>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    if (state.getState().phase === 'online') return resolve()
    const onAbort = () => {
      unsubscribe()
      reject(signal.reason)
    }
    const unsubscribe = state.subscribe((now) => {
      if (now.phase !== 'online') return
      unsubscribe()
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
