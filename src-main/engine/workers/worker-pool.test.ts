import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
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

describe('brief tasks', () => {
  const echo: Task<number, number> = { name: 'echo', run: (input) => input }
  const workerOf = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`)
  /** A thread that answers nothing before it has `count` tasks, and ends itself when it is given -1. */
  const patientWorker = (count: number) =>
    workerOf(`
      import { parentPort } from 'node:worker_threads'
      const waiting = []
      parentPort.on('message', ({ id, input }) => {
        if (input === -1) process.exit(1)
        waiting.push({ type: 'done', id, output: input })
        if (waiting.length >= ${count}) parentPort.postMessage(waiting.splice(0))
      })
    `)
  /** A thread that answers with how many tasks it was given together. */
  const countingWorker = workerOf(`
    import { parentPort } from 'node:worker_threads'
    let given = []
    parentPort.on('message', ({ id }) => {
      if (given.push(id) > 1) return
      setImmediate(() => {
        const ids = given
        given = []
        parentPort.postMessage(ids.map((id) => ({ type: 'done', id, output: ids.length })))
      })
    })
  `)

  it('are given to a thread several at once, each with its own answer', async () => {
    const pool = new WorkerPool({ workerUrl: patientWorker(4), size: 1 })
    try {
      const numbers = Array.from({ length: 12 }, (_, i) => i)
      expect(await Promise.all(numbers.map((i) => pool.run(echo, i, { brief: true })))).toEqual(numbers)
    } finally {
      await pool.close()
    }
  })

  it('wait for the end of one that is not, and that one for theirs', async () => {
    const pool = new WorkerPool({ workerUrl: countingWorker, size: 1 })
    try {
      const brief = [false, true, true, false, true]
      expect(await Promise.all(brief.map((isBrief) => pool.run(echo, 0, { brief: isBrief })))).toEqual([1, 2, 2, 1, 1])
    } finally {
      await pool.close()
    }
  })

  it('fail together when their thread dies, and others run on the next', async () => {
    const pool = new WorkerPool({ workerUrl: patientWorker(2), size: 1 })
    try {
      const lost = [1, -1].map((i) => pool.run(echo, i, { brief: true }))
      for (const each of await Promise.allSettled(lost))
        expect(each).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } })
      expect(await Promise.all([5, 6].map((i) => pool.run(echo, i, { brief: true })))).toEqual([5, 6])
    } finally {
      await pool.close()
    }
  })
})
