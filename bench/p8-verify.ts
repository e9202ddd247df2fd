/** Verifies a CAR: structure and the hash of every block. */
import { join } from 'node:path'
import { verifyCar } from '../src-main/engine/car/index.ts'
import type { WorkerPool } from '../src-main/engine/workers/index.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { sha256SpeedLimit } from './limits/openssl-speed.ts'
import { writeHashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024

export const benchmark: Benchmark = {
  id: 'P8',
  title: 'verify a CAR',
  async run(context) {
    const sizeMiB = context.quick ? 256 : 1024
    const { path } = writeHashedCar(join(context.directory, 'blocks.car'), sizeMiB, 8, MIB)
    const limit = await sha256SpeedLimit()
    const oneThread = createPool(1)
    const twoThreads = createPool(2)
    const row = (cores: string, pool: WorkerPool, ratio: number) =>
      context.compare({
        what: `verify ${sizeMiB} MiB of 1 MiB blocks, ${cores}`,
        unit: 'MiB/s',
        work: async () => {
          const seconds = await secondsOf(async () => {
            const { blockCount, problems } = await verifyCar(path, pool)
            if (blockCount !== sizeMiB || problems.length > 0) throw new Error('the CAR was not found to be whole')
          })
          return sizeMiB / seconds
        },
        limit: limit.measure,
        limitWhat: limit.what,
        target: { ratio },
        maxRssMiB: 128,
      })
    try {
      return [await row('one hashing thread', oneThread, 0.9), await row('two hashing threads', twoThreads, 1.8)]
    } finally {
      await Promise.all([oneThread.close(), twoThreads.close()])
    }
  },
}
