// Loaded into the program that is measured (`--import`): how late its event loop is, on request of the parent process.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const histogram = monitorEventLoopDelay({ resolution: 1 })
process.on('message', (message) => {
  if (message === 'begin') {
    histogram.reset()
    histogram.enable()
  } else if (message === 'end') {
    histogram.disable()
    process.send({ p50: histogram.percentile(50) / 1e6, p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 })
  }
})
