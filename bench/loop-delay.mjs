// Loaded into the program that is measured (`--import`): how late its event loop is, on request of the parent process;
// and, where Node counts it (24), how much processor time its main thread took without a pause. On a loaded machine
// the first is mostly waiting for a processor.
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const late = monitorEventLoopDelay({ resolution: 1 })
const busy = createHistogram()
let timer
process.on('message', (message) => {
  if (message === 'begin') {
    late.reset()
    busy.reset()
    late.enable()
    if (process.threadCpuUsage !== undefined) timer = setTimeout(recordBusy, 1, threadMicroseconds())
  } else if (message === 'end') {
    late.disable()
    clearTimeout(timer)
    process.send({ late: milliseconds(late, 1e6), busy: busy.count === 0 ? null : milliseconds(busy, 1e3) })
  }
})

function recordBusy(before) {
  const now = threadMicroseconds()
  busy.record(Math.max(1, Math.round(now - before)))
  timer = setTimeout(recordBusy, 1, now)
}

function threadMicroseconds() {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function milliseconds(histogram, unit) {
  return { p50: histogram.percentile(50) / unit, p99: histogram.percentile(99) / unit, max: histogram.max / unit }
}
