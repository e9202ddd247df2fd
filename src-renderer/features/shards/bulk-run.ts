import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { errorValueOf } from '../../client/index.ts'

export interface BulkProgress {
  done: number
  failed: { key: string; error: ErrorValue }[]
}

export interface BulkOptions {
  concurrency: number
  signal: AbortSignal
  onProgress: (progress: BulkProgress) => void
}

/**
 * Does the same to many shards, a few at a time. One that fails does not stop the others; aborting lets the running
 * ones end and starts no more.
 */
export async function runBulk(
  keys: readonly string[],
  work: (key: string) => Promise<unknown>,
  { concurrency, signal, onProgress }: BulkOptions,
): Promise<BulkProgress> {
  let progress: BulkProgress = { done: 0, failed: [] }
  let next = 0
  const worker = async () => {
    while (!signal.aborted) {
      const key = keys[next++]
      if (key === undefined) return
      try {
        await work(key)
        progress = { ...progress, done: progress.done + 1 }
      } catch (error) {
        progress = { ...progress, failed: [...progress.failed, { key, error: errorValueOf(error) }] }
      }
      onProgress(progress)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker))
  return progress
}
