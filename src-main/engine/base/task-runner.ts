/** What a task may use while it runs, whichever thread it runs on. */
export interface TaskContext {
  /** Aborted when the caller gives up. Poll it in long loops; in a worker it is set by a message. */
  signal: AbortSignal
  onProgress(doneBytes: number): void
}

/**
 * A piece of CPU work that may run in a worker thread: a pure function of a structured-cloneable input. It lives in
 * the module it belongs to and is listed in workers/tasks.ts.
 */
export interface Task<Input, Output> {
  /** `<module>.<verb>`, unique. */
  readonly name: string
  run(input: Input, context: TaskContext): Promise<Output> | Output
  /** Buffers of the result to move instead of copying. */
  transferOutput?(output: Output): ArrayBuffer[]
}

export interface TaskOptions {
  signal?: AbortSignal
  onProgress?: (doneBytes: number) => void
  /** Buffers of the input to move instead of copying; they are empty afterwards. */
  transfer?: ArrayBuffer[]
  /** It takes about a millisecond: others may share its thread, and it may wait there for them. */
  brief?: boolean
}

/** Where tasks run: a pool of worker threads in the product, this thread in small tests. */
export interface TaskRunner {
  /** How many tasks run at once. */
  readonly parallelism: number
  run<Input, Output>(task: Task<Input, Output>, input: Input, options?: TaskOptions): Promise<Output>
}

/** Runs tasks on the calling thread. */
export const inlineTaskRunner: TaskRunner = {
  parallelism: 1,
  async run(task, input, options = {}) {
    return task.run(input, {
      signal: options.signal ?? new AbortController().signal,
      onProgress: options.onProgress ?? (() => {}),
    })
  },
}
