/** Runs tasks one after another, in the order given. A failed task does not stop the next. */
export class TaskQueue {
  #tail: Promise<unknown> = Promise.resolve()
  #pending = 0

  get pending(): number {
    return this.#pending
  }

  run<Result>(task: () => Promise<Result> | Result): Promise<Result> {
    this.#pending++
    const result = this.#tail.then(task)
    this.#tail = result.then(
      () => this.#pending--,
      () => this.#pending--,
    )
    return result
  }

  /** Resolves when everything queued so far, and what it queued, has ended. */
  async drained(): Promise<void> {
    while (this.#pending > 0) await this.#tail
  }
}
