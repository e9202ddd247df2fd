import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { EngineError } from '../base/index.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { tasks } from './tasks.ts'

/** The entry of every worker thread: runs the tasks it is sent, one abort controller each. */

/** As `nice` counts: 0 is usual, 19 the least. */
const LOWEST = 19
const LESS = 5

yieldToMainThread()

const byName = new Map(tasks.map((task) => [task.name, task]))
const running = new Map<number, AbortController>()
const outbox: FromWorker[] = []
const moved: ArrayBuffer[] = []

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'run') void run(message.id, message.task, message.input)
  else running.get(message.id)?.abort()
})

async function run(id: number, name: string, input: unknown): Promise<void> {
  const controller = new AbortController()
  running.set(id, controller)
  try {
    const task = byName.get(name)
    if (task === undefined) throw new EngineError('INTERNAL', `No worker task is named ${name}.`)
    const output = await task.run(input as never, {
      signal: controller.signal,
      onProgress: (doneBytes) => parentPort?.postMessage([{ type: 'progress', id, doneBytes } satisfies FromWorker]),
    })
    answer({ type: 'done', id, output }, task.transferOutput?.(output) ?? [])
  } catch (thrown) {
    const error = EngineError.from(thrown)
    answer({ type: 'failed', id, error: error.toValue(), stack: error.stack ?? '' })
  } finally {
    running.delete(id)
  }
}

/**
 * Hashing takes every core there is; the main thread, which answers the window and moves bytes, must not wait for a turn
 * on one of them. Only Linux has priorities of threads: elsewhere this would slow down the whole process.
 */
function yieldToMainThread(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Math.min(LOWEST, getPriority() + LESS))
  } catch {
    // forbidden in some sandboxes; all works as well without
  }
}

/** Waking the main thread takes longer than a brief task: what ends at the same time is told together. */
function answer(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  if (outbox.push(message) === 1) setImmediate(send)
  for (const buffer of transfer) moved.push(buffer)
}

function send(): void {
  parentPort?.postMessage(outbox.splice(0), moved.splice(0))
}
