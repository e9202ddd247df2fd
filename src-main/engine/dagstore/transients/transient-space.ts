import { type Clock, EngineError, throwIfAborted } from '../../base/index.ts'

/** Space that a download may fill. */
export interface SpaceReservation {
  /** Says that `bytes` are needed in all; waits for space when that is more than was reserved. */
  ensure(bytes: number): Promise<void>
  /** What was written stays accounted for; the rest is given back. */
  settle(writtenBytes: number): void
}

export interface SpaceLimits {
  /** 0: no limit. */
  maxBytes: number
  highWatermark: number
  lowWatermark: number
}

/** Frees transients not used for longest until at least `bytes` are free or nothing is left to free. */
export type Reclaim = (bytes: number) => Promise<void>

const FIRST_DELAY_MS = 5000
const MAX_DELAY_MS = 60_000
const FACTOR = 1.5
const ATTEMPTS = 7
const UNKNOWN_SIZE_BYTES = 256 * 1024 * 1024

/**
 * Accounts for the disk space of transients. Space is reserved before anything is downloaded; where there is none,
 * unused transients are reclaimed, and where that is not enough the download waits for others to be released.
 */
export class TransientSpace {
  readonly #clock: Clock
  #limits: SpaceLimits
  #reclaim: Reclaim = async () => {}
  #usedBytes = 0
  #reservedBytes = 0
  #revision = 0

  constructor(clock: Clock, limits: SpaceLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Bytes of the transients that are there. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  get reservedBytes(): number {
    return this.#reservedBytes
  }

  set limits(limits: SpaceLimits) {
    this.#limits = limits
  }

  set reclaim(reclaim: Reclaim) {
    this.#reclaim = reclaim
  }

  /** How much a periodic collection should free: down to the low watermark once the high one is passed; 0 otherwise. */
  get excessBytes(): number {
    const { maxBytes, highWatermark, lowWatermark } = this.#limits
    if (maxBytes === 0 || this.#usedBytes < maxBytes * highWatermark) return 0
    return this.#usedBytes - maxBytes * lowWatermark
  }

  get limited(): boolean {
    return this.#limits.maxBytes > 0
  }

  /** A transient that was there already, or has gone. */
  account(bytes: number): void {
    this.#usedBytes = Math.max(0, this.#usedBytes + bytes)
    this.#revision++
  }

  /** Takes over what `measure` finds on disk, where files may have been deleted by hand; unless it changed meanwhile. */
  async remeasure(measure: () => Promise<number>): Promise<void> {
    const revision = this.#revision
    const bytes = await measure()
    if (revision === this.#revision) this.#usedBytes = bytes
  }

  /**
   * Reserves space for a download. `sizeBytes` null: unknown; then a part is reserved and grows. NO_SPACE when there is
   * none even after waiting.
   */
  async reserve(sizeBytes: number | null, signal?: AbortSignal): Promise<SpaceReservation> {
    const { maxBytes } = this.#limits
    const unknown = maxBytes > 0 && UNKNOWN_SIZE_BYTES >= maxBytes ? maxBytes / 10 : UNKNOWN_SIZE_BYTES
    let reserved = 0
    const grow = async (bytes: number) => {
      await this.#claim(bytes, signal)
      reserved += bytes
    }
    await grow(sizeBytes ?? unknown)
    return {
      ensure: async (bytes) => {
        if (bytes > reserved) await grow(Math.max(bytes - reserved, unknown))
      },
      settle: (writtenBytes) => {
        this.#reservedBytes -= reserved
        reserved = 0
        this.account(writtenBytes)
      },
    }
  }

  /** Waits for room and takes it at once, before anybody else looks. */
  async #claim(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    let delayMs = FIRST_DELAY_MS
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal)
      if (this.#neverFits(bytes)) throw this.#noSpace(bytes)
      if (this.#missing(bytes) > 0) await this.#reclaim(this.#missing(bytes))
      if (this.#missing(bytes) <= 0) {
        this.#reservedBytes += bytes
        return
      }
      if (attempt === ATTEMPTS) throw this.#noSpace(bytes)
      await this.#clock.sleep(delayMs, signal)
      delayMs = Math.min(MAX_DELAY_MS, delayMs * FACTOR)
    }
  }

  #neverFits(bytes: number): boolean {
    return this.#limits.maxBytes > 0 && bytes > this.#limits.maxBytes
  }

  #missing(bytes: number): number {
    if (this.#limits.maxBytes === 0) return 0
    return this.#usedBytes + this.#reservedBytes + bytes - this.#limits.maxBytes
  }

  #noSpace(bytes: number): EngineError {
    const { maxBytes } = this.#limits
    return new EngineError(
      'NO_SPACE',
      `There is not enough space for transients: ${bytes} bytes are needed, and ${this.#usedBytes + this.#reservedBytes} of ${maxBytes} are taken by shards in use. Raise DAGStore.MaxTransientsSize, or wait.`,
      { details: { neededBytes: bytes, usedBytes: this.#usedBytes, maxBytes } },
    )
  }
}
