/**
 * `npm run fuzz [-- SECONDS [SEED]]`: damages the CAR fixtures until the time is over, reads each in every way and opens
 * it as every store, and writes the first input that is not survived to a file: also one that hangs.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AllocationMeter } from '../../car/testing/allocation-meter.ts'
import { defect, readEveryWay } from '../../car/testing/fuzz-target.ts'
import { carSeeds } from '../../testing/car-seeds.ts'
import { damage, openEveryWay } from './fuzz-stores.ts'

const MOST_AT_ONCE_BYTES = 9 * 1024 * 1024
const MOST_MS = 20_000
const FAILURE = 'fuzz-failure.car'

const seconds = Number(process.argv[2] ?? 60)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const folder = mkdtempSync(join(tmpdir(), 'carport-fuzz-'))
const path = join(folder, 'fuzz.car')
const meter = new AllocationMeter()

/** Ends the process when the round does not change any more; a hanging thread cannot. */
const WATCHDOG = `
  const { workerData } = require('node:worker_threads')
  let [last, since] = [-1, Date.now()]
  setInterval(() => {
    if (workerData.round[0] !== last) [last, since] = [workerData.round[0], Date.now()]
    else if (Date.now() - since > workerData.mostMs) {
      require('node:fs').copyFileSync(workerData.path, workerData.failure)
      process.stderr.write('round ' + last + ' hangs. The input is in ' + workerData.failure + '.\\n')
      process.kill(process.pid, 'SIGKILL')
    }
  }, 1000)`
const round = new Int32Array(new SharedArrayBuffer(4))
const watchdog = new Worker(WATCHDOG, { eval: true, workerData: { round, path, failure: FAILURE, mostMs: MOST_MS } })

const seeds = carSeeds()
process.stdout.write(`seed ${seed}, ${seeds.length} files, ${seconds} s\n`)
const next = await damage(seeds, seed)
const write = () => path

for (const end = Date.now() + seconds * 1000; Date.now() < end; Atomics.add(round, 0, 1)) {
  const { name, bytes } = next()
  writeFileSync(path, bytes)
  try {
    meter.start()
    await readEveryWay(bytes, write).finally(() => meter.stop())
    if (meter.largestBytes > MOST_AT_ONCE_BYTES) throw defect(`${meter.largestBytes} bytes are asked for at once`)
    await openEveryWay(bytes, join(folder, `${round[0]}.car`))
  } catch (error) {
    copyFileSync(path, FAILURE)
    process.stderr.write(`round ${round[0]}, of ${name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.stderr.write(`The input is in ${FAILURE}.\n`)
    process.exitCode = 1
    break
  }
}
await watchdog.terminate()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${round[0]} inputs\n`)
