import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { EngineError, type Task, type TaskOptions, type TaskRunner, throwIfAborted } from '../base/index.ts'
import type { FromWorker, ToWorker } from './messages.ts'

export interface WorkerPoolOptions {
  /** The built worker entry (engine.worker.js beside the host's own file), or its source under a type-stripping Node. */
  workerUrl: URL
  /** Threads at most; default: one for each core, four at most. */
  size?: number
  /** A thread that had nothing to do for so long is ended: each holds some 20 MiB. Default 5 s. */
  idleMs?: number
}

const IDLE_MS = 5000
/** Brief tasks that a thread is given at once: it need not wait for the main thread between them. */
const BRIEF_AT_ONCE = 4

interface Job {
  id: number
  task: string
  input: unknown
  options: TaskOptions
  resolve(output: unknown): void
  reject(error: EngineError): void
}

interface Thread {
  worker: Worker
  /** By id. */
  jobs: Map<number, Job>
  /** While it has nothing to do. */
  idle: NodeJS.Timeout | null
}

/**
 * A pool of worker threads, started when needed and ended when idle, one task at a time on each, or a few brief ones. A
 * thread that dies fails its tasks and is replaced.
 */
export class WorkerPool implements TaskRunner {
  readonly parallelism: number
  readonly #url: URL
  readonly #idleMs: number
  readonly #threads: Thread[] = []
  readonly #queue: Job[] = []
  #nextId = 1
  #closed = false

  constructor(options: WorkerPoolOptions) {
    this.#url = options.workerUrl
    this.#idleMs = options.idleMs ?? IDLE_MS
    this.parallelism = options.size ?? Math.min(4, availableParallelism())
  }

  run<Input, Output>(task: Task<Input, Output>, input: Input, options: TaskOptions = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new EngineError('CLOSED', 'The worker threads have been stopped.')
      throwIfAborted(options.signal)
      // A signal may outlive thousands of tasks: an ended one must not stay with it.
      const onAbort = () => this.#abort(job)
      const ended = () => options.signal?.removeEventListener('abort', onAbort)
      const job: Job = {
        id: this.#nextId++,
        task: task.name,
        input,
        options,
        resolve: (output) => {
          ended()
          resolve(output as Output)
        },
        reject: (error) => {
          ended()
          reject(error)
        },
      }
      options.signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(job)
      this.#startQueued()
    })
  }

  /** Ends all threads; tasks that run or wait fail with CLOSED. */
  async close(): Promise<void> {
    this.#closed = true
    const closed = new EngineError('CLOSED', 'The worker threads have been stopped.')
    for (const job of this.#queue.splice(0)) job.reject(closed)
    const threads = this.#threads.splice(0)
    for (const thread of threads) {
      if (thread.idle !== null) clearTimeout(thread.idle)
      for (const job of thread.jobs.values()) job.reject(closed)
    }
    await Promise.all(threads.map((thread) => thread.worker.terminate()))
  }

  #startQueued(): void {
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      const thread = this.#threadFor(job)
      if (thread === null) return
      this.#queue.shift()
      if (thread.idle !== null) clearTimeout(thread.idle)
      thread.idle = null
      thread.jobs.set(job.id, job)
      thread.worker.ref()
      const message: ToWorker = { type: 'run', id: job.id, task: job.task, input: job.input }
      thread.worker.postMessage(message, job.options.transfer ?? [])
    }
  }

  /** One that has nothing to do, a new one, or for a brief job the one with the fewest of those. */
  #threadFor(job: Job): Thread | null {
    const unused = this.#threads.find(({ jobs }) => jobs.size === 0) ?? this.#startThread()
    if (unused !== null || job.options.brief !== true) return unused
    let best: Thread | null = null
    for (const thread of this.#threads)
      if (thread.jobs.size < (best?.jobs.size ?? BRIEF_AT_ONCE) && allBrief(thread.jobs)) best = thread
    return best
  }

  #startThread(): Thread | null {
    if (this.#threads.length >= this.parallelism) return null
    const thread: Thread = { worker: new Worker(this.#url), jobs: new Map(), idle: null }
    thread.worker.on('message', (messages: FromWorker[]) => {
      for (const message of messages) this.#receive(thread, message)
      this.#startQueued()
      if (thread.jobs.size === 0 && thread.idle === null) this.#endWhenIdle(thread)
    })
    thread.worker.on('error', (cause) => this.#lose(thread, cause))
    thread.worker.on('exit', (code) => this.#lose(thread, new Error(`worker thread ended with ${code}`)))
    thread.worker.unref()
    this.#threads.push(thread)
    return thread
  }

  #receive(thread: Thread, message: FromWorker): void {
    const job = thread.jobs.get(message.id)
    if (job === undefined) return
    if (message.type === 'progress') {
      job.options.onProgress?.(message.doneBytes)
      return
    }
    thread.jobs.delete(job.id)
    if (thread.jobs.size === 0) thread.worker.unref()
    if (message.type === 'done') job.resolve(message.output)
    else job.reject(EngineError.fromValue(message.error))
  }

  #endWhenIdle(thread: Thread): void {
    thread.idle = setTimeout(() => {
      this.#threads.splice(this.#threads.indexOf(thread), 1)
      void thread.worker.terminate()
    }, this.#idleMs)
    thread.idle.unref()
  }

  #abort(job: Job): void {
    const queued = this.#queue.indexOf(job)
    if (queued >= 0) {
      this.#queue.splice(queued, 1)
      job.reject(new EngineError('CANCELLED', 'The work was cancelled.'))
      return
    }
    const thread = this.#threads.find(({ jobs }) => jobs.has(job.id))
    const message: ToWorker = { type: 'abort', id: job.id }
    thread?.worker.postMessage(message)
  }

  #lose(thread: Thread, cause: Error): void {
    const at = this.#threads.indexOf(thread)
    if (at < 0) return
    this.#threads.splice(at, 1)
    if (thread.idle !== null) clearTimeout(thread.idle)
    const error = new EngineError('INTERNAL', `A worker thread ended unexpectedly: ${cause.message}`, { cause })
    for (const job of thread.jobs.values()) job.reject(error)
    thread.jobs.clear()
    if (!this.#closed) this.#startQueued()
  }
}

function allBrief(jobs: ReadonlyMap<number, Job>): boolean {
  for (const { options } of jobs.values()) if (options.brief !== true) return false
  return true
}
