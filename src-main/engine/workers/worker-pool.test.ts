import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import type { Task } from '../base/index.ts'
import { WorkerPool } from './index.ts'

const workerUrl = new URL('./engine.worker.ts', import.meta.url)

it('ends threads that have nothing to do, and starts others when there is', async () => {
  const pool = new WorkerPool({ workerUrl, size: 1, idleMs: 0 })
  // A task that the thread does not know is answered as quickly as any can be.
  const unknown: Task<null, null> = { name: 'unknown', run: async () => null }
  try {
    for (let round = 0; round < 2; round++) {
      const started = once(process, 'worker') as Promise<[Worker]>
      await expect(pool.run(unknown, null)).rejects.toMatchObject({ code: 'INTERNAL' })
      const [worker] = await started
      await once(worker, 'exit')
    }
  } finally {
    await pool.close()
  }
})
