import type { Clock } from '../base/index.ts'
import { type CollectOptions, collectGarbage } from './collect-garbage.ts'
import type { GcReport } from './dagstore-ports.ts'
import type { Shard } from './shard.ts'
import type { TransientSpace } from './transients/transient-space.ts'

export interface CollectorPorts extends Pick<CollectOptions, 'beforeEach' | 'afterEach'> {
  shards(): Iterable<Shard>
  space: TransientSpace
  clock: Clock
  /** Whether a periodic collection may run now. */
  mayRun(): boolean
}

const LONGEST_SLEEP_MS = 2 ** 31 - 1

/** Collects on demand, when a download needs space, and periodically. */
export class GarbageCollector {
  readonly #ports: CollectorPorts
  #intervalMs: number
  #woken = new AbortController()
  #ended: Promise<void> | null = null
  #closed = false

  constructor(ports: CollectorPorts, intervalMs: number) {
    this.#ports = ports
    this.#intervalMs = intervalMs
    ports.space.reclaim = async (bytes) => {
      await this.collect({ enoughBytes: bytes })
    }
  }

  /** 0: never by itself. Takes effect at once. */
  set intervalMs(value: number) {
    this.#intervalMs = value
    this.#woken.abort()
  }

  start(): void {
    this.#ended ??= this.#collectPeriodically()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#woken.abort()
    await this.#ended
  }

  collect(options: Pick<CollectOptions, 'dryRun' | 'enoughBytes'>): Promise<GcReport> {
    const { beforeEach, afterEach } = this.#ports
    return collectGarbage(this.#ports.shards(), { ...options, beforeEach, afterEach })
  }

  async #collectPeriodically(): Promise<void> {
    while (!this.#closed) {
      const isDue = await this.#sleep()
      if (this.#closed || !isDue || !this.#ports.mayRun()) continue
      const { limited, excessBytes } = this.#ports.space
      if (!limited) await this.collect({})
      else if (excessBytes > 0) await this.collect({ enoughBytes: excessBytes })
    }
  }

  /** false when woken early: the settings have changed, or it is the end. */
  #sleep(): Promise<boolean> {
    this.#woken = new AbortController()
    const sleepMs = this.#intervalMs === 0 ? LONGEST_SLEEP_MS : Math.min(this.#intervalMs, LONGEST_SLEEP_MS)
    return this.#ports.clock.sleep(sleepMs, this.#woken.signal).then(
      () => this.#intervalMs > 0,
      () => false,
    )
  }
}
