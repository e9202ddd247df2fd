import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const PERIOD_MS = 2000
/** At rest: the main thread was busy for less than this part of the last period. */
const AT_REST = 0.02
const WORTH_BYTES = 32 << 20

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/**
 * Gives memory back to the system when nothing happens. V8 keeps what it once needed until the program allocates again,
 * which at rest it does not: after loading a hundred thousand shards that is more than they take. Returns how to stop.
 */
export function trimHeapAtRest(periodMs = PERIOD_MS): () => void {
  let before = performance.eventLoopUtilization()
  let trimmedBytes = 0
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before)
    before = performance.eventLoopUtilization()
    const { total_heap_size: total, used_heap_size: used } = getHeapStatistics()
    if (utilization > AT_REST || total - used < WORTH_BYTES || total - trimmedBytes < WORTH_BYTES) return
    collectGarbage()
    trimmedBytes = getHeapStatistics().total_heap_size
  }, periodMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Everything that can be let go of, the room for new objects included. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as CollectGarbage
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
