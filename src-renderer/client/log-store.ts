import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LogLine } from '../../src-shared/contract/index.ts'
import type { Client } from './client.ts'
import { pauseMs } from './connection.ts'

/** The last lines of the engine's log, oldest first. */
export interface LogState {
  lines: readonly LogLine[]
  live: boolean
}

export const MAX_LINES = 10_000
const FLUSH_MS = 100

/**
 * Lines without repetition, in order of `seq`, the newest `MAX_LINES`. A restarted engine counts from the beginning
 * again: its first lines replace the old ones.
 */
export function mergeLines(known: readonly LogLine[], incoming: readonly LogLine[]): readonly LogLine[] {
  const first = incoming[0]
  const last = known.at(-1)
  if (first === undefined) return known
  if (last !== undefined && first.seq > last.seq) return tail([...known, ...incoming])
  const bySeq = new Map<number, LogLine>()
  for (const line of known) bySeq.set(line.seq, line)
  for (const line of incoming) {
    const same = bySeq.get(line.seq)
    if (same !== undefined && same.at !== line.at) return tail([...incoming])
    bySeq.set(line.seq, line)
  }
  return tail([...bySeq.values()].sort((a, b) => a.seq - b.seq))
}

export function createLogStore(
  client: Client,
  whenOnline: (signal: AbortSignal) => Promise<void>,
): StoreApi<LogState> & { start(): void } {
  const store = createStore<LogState>(() => ({ lines: [], live: false }))
  const never = new AbortController().signal
  let waiting: LogLine[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let started = false

  const flush = () => {
    timer = undefined
    store.setState({ lines: mergeLines(store.getState().lines, waiting) })
    waiting = []
  }

  async function follow(): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await whenOnline(never)
        const stream = await client.system.watchLogs()
        const earlier = await client.system.logs()
        store.setState({ lines: mergeLines(store.getState().lines, earlier), live: true }, true)
        failures = 0
        for await (const line of stream) {
          waiting.push(line)
          if (timer === undefined) timer = setTimeout(flush, FLUSH_MS)
        }
      } catch {
        // Shown as not live.
      }
      store.setState({ live: false })
      await new Promise((resolve) => setTimeout(resolve, pauseMs(failures + 1)))
    }
  }

  return Object.assign(store, {
    start() {
      if (started) return
      started = true
      void follow()
    },
  })
}

function tail(lines: LogLine[]): LogLine[] {
  return lines.length > MAX_LINES ? lines.slice(-MAX_LINES) : lines
}
