/** Verifies a CAR: structure, the hash of every block, roots and links. */
import { join } from 'node:path'
import { verifyCar } from '../src-main/engine/car/index.ts'
import type { WorkerPool } from '../src-main/engine/workers/index.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { GO_CAR_WHAT, type GoCar, startGoCar } from './limits/go-car.ts'
import { sha256SpeedLimit } from './limits/openssl-speed.ts'
import { readSha256Limit } from './limits/read-sha256.ts'
import { type BenchRawCar, writeHashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024

export const benchmark: Benchmark = {
  id: 'P8',
  title: 'verify a CAR',
  async run(context) {
    const goCar = await startGoCar(context)
    const oneThread = createPool(1)
    const twoThreads = createPool(2)
    try {
      return [
        ...(await large(context, oneThread, twoThreads, goCar)),
        ...(await small(context, oneThread, twoThreads, goCar)),
      ]
    } finally {
      goCar?.close()
      await Promise.all([oneThread.close(), twoThreads.close()])
    }
  },
}

async function large(context: BenchContext, one: WorkerPool, two: WorkerPool, goCar: GoCar | null): Promise<Figure[]> {
  const sizeMiB = context.quick ? 256 : 1024
  const car = writeHashedCar(join(context.directory, 'large.car'), sizeMiB, 8, MIB)
  const what = `verify ${sizeMiB} MiB of 1 MiB blocks`
  const openssl = await sha256SpeedLimit()
  const readHash = await readSha256Limit(car.path, MIB / 4, context.directory)
  const row = (cores: string, pool: WorkerPool, limit: typeof openssl, ratio: number) =>
    context.compare({
      what: `${what}, ${cores}`,
      unit: 'MiB/s',
      work: verifying(car, pool),
      limit: limit.measure,
      limitWhat: limit.what,
      target: { ratio },
      maxRssMiB: 128,
    })
  const rows = [
    await row('one hashing thread', one, openssl, 0.9),
    await row('two hashing threads', two, openssl, 1.8),
    await row('two hashing threads, to reading and hashing in C', two, readHash, 1.8),
  ]
  if (goCar !== null) rows.push(await besideGoCar(context, goCar, car, `${what}, one hashing thread`, one))
  return rows
}

async function small(context: BenchContext, one: WorkerPool, two: WorkerPool, goCar: GoCar | null): Promise<Figure[]> {
  if (goCar === null) return []
  const car = writeHashedCar(join(context.directory, 'small.car'), context.quick ? 131_072 : 1_048_576, 9, 1024)
  const what = `verify ${car.blockCount / 1024} MiB of 1 KiB blocks`
  return [
    await besideGoCar(context, goCar, car, `${what}, one hashing thread`, one),
    await besideGoCar(context, goCar, car, `${what}, two hashing threads`, two),
  ]
}

function besideGoCar(
  context: BenchContext,
  goCar: GoCar,
  car: BenchRawCar,
  what: string,
  pool: WorkerPool,
): Promise<Figure> {
  return context.compare({
    what: `${what}, beside go-car, which checks only hashes`,
    unit: 'MiB/s',
    work: verifying(car, pool),
    limit: async () => car.sizeBytes / MIB / (await goCar.measure({ op: 'verify-blocks', path: car.path })),
    limitWhat: `${GO_CAR_WHAT}, one thread`,
    target: { ratio: 1 },
  })
}

/** MiB/s of one verification. */
function verifying(car: BenchRawCar, pool: WorkerPool): () => Promise<number> {
  return async () => {
    const seconds = await secondsOf(async () => {
      const { blockCount, problems } = await verifyCar(car.path, pool)
      if (blockCount !== car.blockCount || problems.length > 0) throw new Error('the CAR was not found to be whole')
    })
    return car.sizeBytes / MIB / seconds
  }
}
