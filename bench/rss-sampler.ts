import { Worker } from 'node:worker_threads'

const PERIOD_MS = 5
/** Slots of the shared memory: the newest sample and the highest since the last reset, in KiB. */
const NOW = 0
const PEAK = 1

const SOURCE = `
const { workerData } = require('node:worker_threads')
const slots = new Int32Array(workerData)
setInterval(() => {
  const kib = Math.round(process.memoryUsage.rss() / 1024)
  Atomics.store(slots, ${NOW}, kib)
  if (kib > Atomics.load(slots, ${PEAK})) Atomics.store(slots, ${PEAK}, kib)
}, ${PERIOD_MS})
`

/** Watches the resident set of this process from a thread of its own, so that busy threads cannot hide a peak. */
export class RssSampler {
  readonly #worker: Worker
  readonly #slots: Int32Array
  #startKib = 0

  private constructor(worker: Worker, slots: Int32Array) {
    this.#worker = worker
    this.#slots = slots
  }

  static async start(): Promise<RssSampler> {
    const shared = new SharedArrayBuffer(8)
    const worker = new Worker(SOURCE, { eval: true, workerData: shared })
    await new Promise((resolve) => worker.once('online', resolve))
    worker.unref()
    const sampler = new RssSampler(worker, new Int32Array(shared))
    sampler.reset()
    return sampler
  }

  reset(): void {
    this.#startKib = Math.round(process.memoryUsage.rss() / 1024)
    Atomics.store(this.#slots, PEAK, this.#startKib)
  }

  /** From the last reset to the highest sample since. */
  growthMiB(): number {
    const now = Math.round(process.memoryUsage.rss() / 1024)
    return (Math.max(now, Atomics.load(this.#slots, PEAK)) - this.#startKib) / 1024
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
