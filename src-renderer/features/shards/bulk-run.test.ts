import { describe, expect, it } from 'vitest'
import { type BulkProgress, runBulk } from './bulk-run.ts'

const keys = ['a', 'b', 'c', 'd', 'e']

describe('work on many shards', () => {
  it('runs a few at a time and goes on after a failure', async () => {
    let running = 0
    let most = 0
    const seen: BulkProgress[] = []
    const result = await runBulk(
      keys,
      async (key) => {
        most = Math.max(most, ++running)
        await Promise.resolve()
        running--
        if (key === 'c') throw new Error('no unsealed copy')
      },
      { concurrency: 2, signal: new AbortController().signal, onProgress: (progress) => seen.push(progress) },
    )
    expect(most).toBe(2)
    expect(result.done).toBe(4)
    expect(result.failed.map(({ key, error }) => `${key}: ${error.message}`)).toEqual(['c: no unsealed copy'])
    expect(seen).toHaveLength(5)
  })

  it('starts no more once it is stopped', async () => {
    const stop = new AbortController()
    const started: string[] = []
    await runBulk(
      keys,
      (key) => {
        started.push(key)
        if (key === 'b') stop.abort()
        return Promise.resolve()
      },
      { concurrency: 1, signal: stop.signal, onProgress: () => undefined },
    )
    expect(started).toEqual(['a', 'b'])
  })
})
