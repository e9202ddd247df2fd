import { parentPort } from 'node:worker_threads'
import { EngineError } from '../base/index.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { tasks } from './tasks.ts'

/** The entry of every worker thread: runs the tasks it is sent, one abort controller each. */

const byName = new Map(tasks.map((task) => [task.name, task]))
const running = new Map<number, AbortController>()

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
      onProgress: (doneBytes) => post({ type: 'progress', id, doneBytes }),
    })
    post({ type: 'done', id, output }, task.transferOutput?.(output) ?? [])
  } catch (thrown) {
    const error = EngineError.from(thrown)
    post({ type: 'failed', id, error: error.toValue(), stack: error.stack ?? '' })
  } finally {
    running.delete(id)
  }
}

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}
