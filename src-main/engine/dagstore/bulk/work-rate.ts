const WINDOW_MS = 60_000
const SAMPLE_MS = 1000

interface Sample {
  activeMs: number
  handled: number
}

/**
 * How fast many things are done, over the last minute of work. Time in which nothing may be done (a pause) does not
 * count; time in which nothing gets done does, so that the rate sinks when work stands still.
 */
export class WorkRate {
  #activeBefore = 0
  #activeSince: number | null
  #samples: Sample[] = [{ activeMs: 0, handled: 0 }]

  constructor(nowMs: number) {
    this.#activeSince = nowMs
  }

  pause(nowMs: number): void {
    this.#activeBefore = this.#activeMs(nowMs)
    this.#activeSince = null
  }

  resume(nowMs: number): void {
    this.#activeSince ??= nowMs
  }

  record(nowMs: number, handled: number): void {
    const activeMs = this.#activeMs(nowMs)
    if (activeMs - (this.#samples.at(-1)?.activeMs ?? 0) < SAMPLE_MS) return
    this.#samples.push({ activeMs, handled })
    // One sample from before the window stays: it is where the window begins.
    while ((this.#samples[1]?.activeMs ?? activeMs) <= activeMs - WINDOW_MS) this.#samples.shift()
  }

  /** Things a second; 0 until something is known. */
  perSecond(nowMs: number, handled: number): number {
    const activeMs = this.#activeMs(nowMs)
    const from = this.#samples[0]
    if (from === undefined || activeMs <= from.activeMs) return 0
    return ((handled - from.handled) * 1000) / (activeMs - from.activeMs)
  }

  #activeMs(nowMs: number): number {
    return this.#activeBefore + (this.#activeSince === null ? 0 : Math.max(0, nowMs - this.#activeSince))
  }
}
