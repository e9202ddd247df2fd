import { WorkerPool } from '../src-main/engine/workers/index.ts'

/** The product's own pool of worker threads, run from source. */
export function createPool(size?: number): WorkerPool {
  return new WorkerPool({ workerUrl: new URL('../src-main/engine/workers/engine.worker.ts', import.meta.url), size })
}
