import type { EngineError } from '../base/index.ts'
import type { RetryPolicy } from './transfer-ports.ts'

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 15,
  firstAttempts: 5,
  protocolAttempts: 3,
  firstDelayMs: 1000,
  maxDelayMs: 600_000,
}

/** Attempts in a row that brought no byte. */
export interface FruitlessAttempts {
  count: number
  /** Whether any byte has ever arrived. */
  everProgressed: boolean
}

/**
 * How long to wait before the next attempt; null: give it up. Only what a peer did is tried again by itself: a full
 * disk or a wrong file does not mend while nobody looks.
 */
export function retryDelayMs(error: EngineError, fruitless: FruitlessAttempts, policy: RetryPolicy): number | null {
  const allowed =
    error.code === 'PEER_UNAVAILABLE'
      ? fruitless.everProgressed
        ? policy.attempts
        : policy.firstAttempts
      : error.code === 'PEER_PROTOCOL'
        ? policy.protocolAttempts
        : 0
  if (fruitless.count >= allowed) return null
  const delayMs = policy.firstDelayMs * 2 ** Math.max(0, fruitless.count - 1)
  const { retryAfterSeconds } = error.details
  const askedMs = typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1000 : 0
  return Math.min(policy.maxDelayMs, Math.max(delayMs, askedMs))
}
