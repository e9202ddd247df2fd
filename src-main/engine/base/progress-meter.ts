import type { Progress } from '../../../src-shared/contract/index.ts'
import type { Clock } from './clock.ts'

/** Reported by long work, as often as it likes. */
export interface WorkProgress {
  phase: string
  doneBytes: number
  totalBytes: number | null
}
export type OnProgress = (progress: WorkProgress) => void

/** Options of every long operation. */
export interface LongWorkOptions {
  signal?: AbortSignal
  onProgress?: OnProgress
}

const INTERVAL_MS = 100
const SMOOTHING_SECONDS = 2

/** Turns frequent reports into about ten a second, with a smoothed rate and the time left. */
export class ProgressMeter {
  readonly #clock: Clock
  readonly #publish: (progress: Progress) => void
  #phase = ''
  #lastAt: number
  #lastBytes = 0
  #rate = 0

  constructor(clock: Clock, publish: (progress: Progress) => void) {
    this.#clock = clock
    this.#publish = publish
    this.#lastAt = clock.now()
  }

  readonly report: OnProgress = (work) => {
    const now = this.#clock.now()
    if (work.phase !== this.#phase) {
      this.#phase = work.phase
      this.#lastAt = now
      this.#lastBytes = work.doneBytes
      this.#rate = 0
      this.#send(work)
      return
    }
    const elapsedMs = now - this.#lastAt
    if (elapsedMs < INTERVAL_MS) return
    const seconds = elapsedMs / 1000
    const current = Math.max(0, work.doneBytes - this.#lastBytes) / seconds
    const weight = this.#rate === 0 ? 1 : 1 - Math.exp(-seconds / SMOOTHING_SECONDS)
    this.#rate += (current - this.#rate) * weight
    this.#lastAt = now
    this.#lastBytes = work.doneBytes
    this.#send(work)
  }

  #send(work: WorkProgress): void {
    const left = work.totalBytes === null ? null : Math.max(0, work.totalBytes - work.doneBytes)
    this.#publish({
      phase: work.phase,
      doneBytes: work.doneBytes,
      totalBytes: work.totalBytes,
      rate: this.#rate,
      etaSeconds: left === null || this.#rate <= 0 ? null : left / this.#rate,
    })
  }
}
