/** Indexes a piece of large blocks, of which only the heads of the sections have to be read. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { carIndexTask } from '../src-main/engine/car/index.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { startGoCar } from './limits/go-car.ts'
import { writeSparseCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024
/** What fits into a piece of 32 GiB once 127 of every 128 bytes are data, in blocks of 1 MiB with their heads. */
const BLOCK_COUNT = 32_510

export const benchmark: Benchmark = {
  id: 'P4',
  title: 'index a 32 GiB piece of large blocks',
  async run(context) {
    const { path: carPath } = writeSparseCar(join(context.directory, 'large.car'), BLOCK_COUNT, 4, MIB)
    const outPath = join(context.directory, 'large.idx')
    const goOut = join(context.directory, 'large.go.idx')
    const pool = createPool(1)
    const goCar = await startGoCar(context)
    const goSeconds = async (go: NonNullable<typeof goCar>) => {
      const seconds = await go.measure({ op: 'generate-index', path: carPath, out: goOut })
      if (statSync(goOut).size !== statSync(outPath).size) throw new Error('go-car made another index')
      return seconds
    }
    const index = async () => {
      const { recordCount } = await pool.run(carIndexTask, { carPath, outPath })
      if (recordCount !== BLOCK_COUNT) throw new Error(`${recordCount} records instead of ${BLOCK_COUNT}`)
    }
    try {
      await index()
      return [
        await context.compare({
          what: `index of a 32 GiB piece of 1 MiB blocks, heads only, one thread, durable`,
          unit: 's',
          better: 'less',
          work: () => secondsOf(index),
          limit: goCar === null ? undefined : () => goSeconds(goCar),
          limitWhat: goCar === null ? undefined : 'go-car library, same file',
          target: { value: 2 },
          maxRssMiB: 128,
        }),
      ]
    } finally {
      goCar?.close()
      await pool.close()
    }
  },
}
