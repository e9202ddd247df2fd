/**
 * An engine in a process of its own, run from source: `engine-process.ts DATA_DIRECTORY`. Says how it started, and
 * stops when its parent lets go.
 */
import { silentLogger } from '../src-main/engine/base/index.ts'
import { createEngine } from '../src-main/engine/engine.ts'

export interface EngineStarted {
  /** From the call to serving, without loading the program. */
  seconds: number
  /** Of all threads. */
  cpuSeconds: number
  shards: number
  imports: number
}

const [dataDir = ''] = process.argv.slice(2)
const before = process.cpuUsage()
const begin = performance.now()
const engine = await createEngine({
  dataDir,
  workerUrl: new URL('../src-main/engine/workers/engine.worker.ts', import.meta.url),
  host: 'headless',
  log: silentLogger,
})
await engine.start()
const seconds = (performance.now() - begin) / 1000
const { user, system } = process.cpuUsage(before)
await engine.dagstore.pause()
process.send?.({
  seconds,
  cpuSeconds: (user + system) / 1e6,
  shards: engine.dagstore.table.size,
  imports: engine.imports.table.size,
} satisfies EngineStarted)
process.on(
  'disconnect',
  () =>
    void engine.dagstore
      .resume()
      .then(() => engine.stop())
      .finally(() => process.exit(0)),
)
