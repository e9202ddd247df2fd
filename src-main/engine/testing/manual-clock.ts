import type { Clock } from '../base/index.ts'

/** A clock that stands still until it is moved on. */
export class ManualClock implements Clock {
  #nowMs: number
  #sleepers: Array<{ untilMs: number; wake(): void }> = []

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleeper = { untilMs: this.#nowMs + ms, wake }
      this.#sleepers.push(sleeper)
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      if (signal?.aborted === true) onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Wakes whoever has slept long enough by then. What they do next happens after this call. */
  moveTo(nowMs: number): void {
    this.#nowMs = nowMs
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= nowMs)
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > nowMs)
    for (const { wake } of due) wake()
  }
}
