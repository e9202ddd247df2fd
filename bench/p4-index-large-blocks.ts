/** Indexes a piece of large blocks, of which only the heads of the sections have to be read. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { carIndexTask } from '../src-main/engine/car/index.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { GO_CAR_WHAT, startGoCar } from './limits/go-car.ts'
import { randomPreadLimit } from './limits/random-pread.ts'
import { writeSparseCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024
/** What fits into a piece of 32 GiB once 127 of every 128 bytes are data, in blocks of 1 MiB with their heads. */
const BLOCK_COUNT = 32_510
/** Length varint and CID. */
const HEAD_BYTES = 39

export const benchmark: Benchmark = {
  id: 'P4',
  title: 'index a 32 GiB piece of large blocks',
  async run(context) {
    const car = writeSparseCar(join(context.directory, 'large.car'), BLOCK_COUNT, 4, MIB)
    const outPath = join(context.directory, 'large.idx')
    const heads = { path: car.path, first: car.headerBytes, stride: HEAD_BYTES + MIB, blockCount: BLOCK_COUNT }
    const limit = await randomPreadLimit({ ...heads, blockBytes: HEAD_BYTES }, BLOCK_COUNT, context.directory)
    const pool = createPool(1)
    const goCar = await startGoCar(context)
    const work = () =>
      secondsOf(async () => {
        const { recordCount } = await pool.run(carIndexTask, { carPath: car.path, outPath })
        if (recordCount !== BLOCK_COUNT) throw new Error(`${recordCount} records instead of ${BLOCK_COUNT}`)
      })
    try {
      const rows = [
        await context.compare({
          what: 'index of a 32 GiB piece of 1 MiB blocks, heads only, one thread, durable',
          unit: 's',
          better: 'less',
          work,
          limit: async () => BLOCK_COUNT / (await limit.measure()),
          limitWhat: `${limit.what}, of the heads`,
          target: { value: 2 },
          maxRssMiB: 128,
        }),
      ]
      if (goCar === null) return rows
      const goSeconds = async () => {
        const out = `${outPath}.go`
        const seconds = await goCar.measure({ op: 'generate-index', path: car.path, out })
        if (statSync(out).size !== statSync(outPath).size) throw new Error('go-car made another index')
        return seconds
      }
      rows.push(
        await context.compare({
          what: 'index of a 32 GiB piece of 1 MiB blocks, beside go-car (whose file is not made durable)',
          unit: 's',
          better: 'less',
          work,
          limit: goSeconds,
          limitWhat: `${GO_CAR_WHAT}, plain file`,
          target: { ratio: 1 },
        }),
      )
      return rows
    } finally {
      goCar?.close()
      await pool.close()
    }
  },
}
