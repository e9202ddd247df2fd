/** Indexes a CAR of small blocks, which is as many records as bytes to read. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { carIndexTask } from '../src-main/engine/car/index.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { onceOf, startGoCar } from './limits/go-car.ts'
import { writeUnhashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

export const benchmark: Benchmark = {
  id: 'P3',
  title: 'index a CAR of small blocks',
  async run(context) {
    const blockCount = context.quick ? 1_000_000 : 10_000_000
    const { path: carPath } = writeUnhashedCar(
      join(context.directory, 'small.car'),
      blockCount,
      3,
      (i) => 64 + (i % 37),
    )
    const outPath = join(context.directory, 'small.idx')
    const goOut = join(context.directory, 'small.go.idx')
    const pool = createPool(1)
    const goCar = await startGoCar(context)
    const goSpeed = async (go: NonNullable<typeof goCar>) => {
      const speed = blockCount / (await go.measure({ op: 'generate-index', path: carPath, out: goOut }))
      if (statSync(goOut).size !== statSync(outPath).size) throw new Error('go-car made another index')
      return speed
    }
    const index = async () => {
      const { recordCount } = await pool.run(carIndexTask, { carPath, outPath })
      if (recordCount !== blockCount) throw new Error(`${recordCount} records instead of ${blockCount}`)
    }
    try {
      await index()
      return [
        await context.compare({
          what: `index of a CARv1 of ${blockCount / 1e6}M blocks of 64-100 bytes, one thread, durable`,
          unit: 'blocks/s',
          work: async () => blockCount / (await secondsOf(index)),
          limit: goCar === null ? undefined : onceOf(() => goSpeed(goCar)),
          limitWhat: goCar === null ? undefined : 'go-car library, same file, once',
          target: { value: 4_000_000 },
          maxRssMiB: 700,
        }),
      ]
    } finally {
      goCar?.close()
      await pool.close()
    }
  },
}
