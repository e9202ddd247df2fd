import type { Clock } from './clock.ts'
import { EngineError, throwIfAborted } from './engine-error.ts'

export interface RetryOptions {
  clock: Clock
  signal?: AbortSignal
  /** How often to try at the most. */
  attempts: number
  firstDelayMs: number
  maxDelayMs: number
  factor?: number
  /** Told before each wait. */
  onRetry?: (error: EngineError, attempt: number, delayMs: number) => void
}

/** Runs `task` until it succeeds, fails with an error that is not retryable, or attempts run out. */
export async function retry<Result>(
  task: (attempt: number) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  let delayMs = options.firstDelayMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (thrown) {
      throwIfAborted(options.signal)
      const error = EngineError.from(thrown)
      if (!error.retryable || error.kind === 'cancelled' || attempt >= options.attempts) throw error
      options.onRetry?.(error, attempt, delayMs)
      await options.clock.sleep(delayMs, options.signal)
      delayMs = Math.min(options.maxDelayMs, delayMs * (options.factor ?? 1.5))
    }
  }
}
