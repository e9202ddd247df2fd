import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

/** A process that needs much for a moment, and then waits until it holds little. */
const PROGRAM = `
  import { getHeapStatistics } from 'node:v8'
  import { trimHeapAtRest } from '${new URL('./trim-heap.ts', import.meta.url)}'
  const heapMiB = () => getHeapStatistics().total_heap_size / 2 ** 20
  trimHeapAtRest(50)
  let rows = Array.from({ length: 1_000_000 }, (_, i) => ({ i, text: 'row ' + i }))
  const loaded = heapMiB()
  rows = null
  const waiting = setInterval(() => {
    if (heapMiB() > 40) return
    clearInterval(waiting)
    console.log(loaded > 100)
  }, 50)
`

it('gives memory back that nobody needs any more, once nothing happens', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', PROGRAM])
  expect(stdout.trim()).toBe('true')
})
