import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, ConnectOptions } from './connection.ts'
import { toFailure } from './failure.ts'

/** How long an engine may take between taking the data directory and listening. */
const STARTING_MS = 10_000
const RETRY_MS = 150

/**
 * The engine that owns the data directory, through `api` and `token`; where none runs, one in this process. The code
 * for either is loaded only when it is needed: most verbs are over in a blink.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const deadline = Date.now() + STARTING_MS
  while (true) {
    const { connectToRunning } = await import('./connect-running.ts')
    const running = await connectToRunning(options.dataDir)
    if (running !== null) return running
    const { openDirectory } = await import('./connect-own.ts')
    try {
      return await openDirectory(options)
    } catch (error) {
      if (!isTaken(error) || Date.now() > deadline) throw error
      await pause(RETRY_MS, undefined, { signal: options.signal })
    }
  }
}

/** An engine has the directory and does not listen (yet, or any more). */
function isTaken(error: unknown): boolean {
  const { code } = toFailure(error)
  return code === 'REPO_IN_USE' || code === 'LOCKED'
}
