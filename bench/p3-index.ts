/** Indexes a CAR of small blocks, which is as many records as bytes to read. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { carIndexTask } from '../src-main/engine/car/index.ts'
import type { WorkerPool } from '../src-main/engine/workers/index.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { GO_CAR_WHAT, type GoCar, type GoCarWork, onceOf, startGoCar } from './limits/go-car.ts'
import { writeUnhashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

interface SmallCar {
  carPath: string
  blockCount: number
  title: string
}

export const benchmark: Benchmark = {
  id: 'P3',
  title: 'index a CAR of small blocks',
  async run(context) {
    const pool = createPool(1)
    try {
      const rows = await indexOfMillions(context, pool, context.quick ? 1 : 10)
      if (!context.quick) rows.push(await indexOfMany(context, pool, 50))
      return rows
    } finally {
      await pool.close()
    }
  },
}

async function indexOfMillions(context: BenchContext, pool: WorkerPool, millions: number): Promise<Figure[]> {
  const car = writeSmallCar(context, millions)
  const outPath = join(context.directory, 'small.idx')
  const work = await indexing(pool, car, outPath)
  const goCar = await startGoCar(context)
  try {
    const row = await context.compare({
      what: `index of ${car.title}, one thread, durable`,
      unit: 'blocks/s',
      work,
      target: { value: 4_000_000 },
      maxRssMiB: 700,
    })
    if (goCar === null) return [row]
    const beside = (how: string, op: GoCarWork['op']) =>
      context.compare({
        what: `index of ${car.title}, beside go-car ${how}`,
        unit: 'blocks/s',
        work,
        limit: onceOf(() => goCarSpeed(goCar, op, car, outPath)),
        limitWhat: `${GO_CAR_WHAT}, ${how}, once`,
        target: { ratio: 1 },
        rounds: 1,
      })
    return [
      row,
      await beside('over a mapped file, as `car index create`', 'generate-index-mapped'),
      await beside('over a plain file', 'generate-index'),
    ]
  } finally {
    goCar?.close()
    rmSync(car.carPath)
  }
}

/** More records than the memory allowed holds: they are put aside and merged. */
async function indexOfMany(context: BenchContext, pool: WorkerPool, millions: number): Promise<Figure> {
  const car = writeSmallCar(context, millions)
  const work = await indexing(pool, car, join(context.directory, 'many.idx'))
  return context.compare({
    what: `index of ${car.title}, one thread, durable: memory`,
    unit: 'blocks/s',
    work,
    target: { value: 1_000_000 },
    maxRssMiB: 1024,
    rounds: 1,
  })
}

function writeSmallCar(context: BenchContext, millions: number): SmallCar {
  const carPath = join(context.directory, `small-${millions}.car`)
  const blockCount = millions * 1e6
  writeUnhashedCar(carPath, blockCount, 3, (i) => 64 + (i % 37))
  return { carPath, blockCount, title: `a CARv1 of ${millions}M blocks of 64-100 bytes` }
}

async function indexing(pool: WorkerPool, { carPath, blockCount }: SmallCar, outPath: string) {
  const index = async () => {
    const { recordCount } = await pool.run(carIndexTask, { carPath, outPath })
    if (recordCount !== blockCount) throw new Error(`${recordCount} records instead of ${blockCount}`)
  }
  return async () => blockCount / (await secondsOf(index))
}

async function goCarSpeed(goCar: GoCar, op: GoCarWork['op'], car: SmallCar, outPath: string): Promise<number> {
  const out = `${outPath}.go`
  const seconds = await goCar.measure({ op, path: car.carPath, out })
  if (statSync(out).size !== statSync(outPath).size) throw new Error('go-car made another index')
  rmSync(out)
  return car.blockCount / seconds
}
