import { type Clock, EngineError, type Logger } from '../base/index.ts'
import { type CollectOptions, collectGarbage } from './collect-garbage.ts'
import type { GcReport } from './dagstore-ports.ts'
import { Periodic } from './periodic.ts'
import type { Shard } from './shard.ts'
import type { TransientFolder } from './transients/transient-folder.ts'

export interface CollectorPorts extends Pick<CollectOptions, 'beforeEach' | 'afterEach'> {
  shards(): Iterable<Shard>
  folder: TransientFolder
  clock: Clock
  log: Logger
  /** Whether a periodic collection may run now. */
  mayRun(): boolean
}

/** Collects on demand, when a download needs space, and periodically. */
export class GarbageCollector {
  readonly #ports: CollectorPorts
  readonly #periodic: Periodic

  constructor(ports: CollectorPorts, intervalMs: number) {
    this.#ports = ports
    this.#periodic = new Periodic(ports.clock, intervalMs, () =>
      this.#collectWhenDue().catch((thrown: unknown) => {
        ports.log.warn('transients could not be collected', { error: EngineError.from(thrown).message })
      }),
    )
    ports.folder.space.reclaim = async (bytes) => {
      await this.collect({ enoughBytes: bytes })
    }
  }

  /** 0: never by itself. Takes effect at once. */
  set intervalMs(value: number) {
    this.#periodic.intervalMs = value
  }

  start(): void {
    this.#periodic.start()
  }

  close(): Promise<void> {
    return this.#periodic.close()
  }

  collect(options: Pick<CollectOptions, 'dryRun' | 'enoughBytes' | 'keepsPartial'>): Promise<GcReport> {
    const { beforeEach, afterEach } = this.#ports
    return collectGarbage(this.#ports.shards(), { ...options, beforeEach, afterEach })
  }

  async #collectWhenDue(): Promise<void> {
    if (!this.#ports.mayRun()) return
    const { folder } = this.#ports
    const { limited } = folder.space
    if (limited) await folder.space.remeasure(() => folder.measure())
    const { excessBytes } = folder.space
    if (limited && excessBytes === 0) return
    const { shards, freedBytes } = await this.collect(limited ? { enoughBytes: excessBytes } : { keepsPartial: true })
    for (const { key, error } of shards)
      if (error !== null) this.#ports.log.warn('failed to collect a transient', { shard: key, error })
    if (freedBytes > 0) this.#ports.log.info('collected transients', { freedBytes })
  }
}
