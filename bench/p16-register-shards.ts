/**
 * Registers and initializes small shards, durably, as migrations and hand-offs do. Nothing is deleted between rounds: ext4
 * looks for inodes that were not freed within the last seconds, which takes more time than the work that is measured.
 */
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BenchCar, openBenchDagstore, writeSmallCar } from './dagstore-data.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { buildGoDagstore, GO_DAGSTORE, type GoDagstore } from './limits/go-dagstore.ts'
import { createPool } from './worker-pool.ts'

const BLOCKS = 100
const INDEX_BYTES = 4 + 8 + 4 + 4 + 8 + BLOCKS * 40

export const benchmark: Benchmark = {
  id: 'P16',
  title: 'register and initialize shards of 100 blocks',
  async run(context) {
    const count = context.quick ? 500 : 1000
    const common = context.quick ? 2000 : 10_000
    const go = await buildGoDagstore(context)
    return [
      await registerDistinct(context, count),
      await registerWithCommonBlock(context, common),
      ...(go === null ? [] : await besideGo(context, go, count)),
    ]
  },
}

async function registerDistinct(context: BenchContext, count: number): Promise<Figure> {
  const cars = await makeCars(join(context.directory, 'cars'), count, false)
  const pool = createPool()
  try {
    let round = 0
    return await context.compare({
      what: `${count} shards of ${BLOCKS} blocks, durable`,
      unit: 'shards/s',
      work: async () => {
        const directory = join(context.directory, `dagstore-${round++}`)
        const opened = await openBenchDagstore(directory, pool)
        const seconds = await secondsOf(() => registerAll(opened.dagstore, cars))
        await opened.close()
        return count / seconds
      },
      limit: async () =>
        count / (await secondsOf(() => writeIndexSizedFiles(join(context.directory, `limit-${round++}`), count))),
      limitWhat: 'files of the size of the indexes, each synced and renamed, 4 at once',
      target: { value: 2000 },
    })
  } finally {
    await pool.close()
  }
}

/** One block is in every shard: the last thousand must cost what the first cost. */
async function registerWithCommonBlock(context: BenchContext, count: number): Promise<Figure> {
  const cars = await makeCars(join(context.directory, 'common'), count, true)
  const tenth = count / 10
  const pool = createPool()
  try {
    let round = 0
    let first = 0
    return await context.compare({
      what: `a block common to ${count} shards: speed of the last tenth against the first`,
      unit: 'shards/s',
      work: async () => {
        const directory = join(context.directory, `common-${round++}`)
        const opened = await openBenchDagstore(directory, pool)
        first = tenth / (await secondsOf(() => registerAll(opened.dagstore, cars.slice(0, tenth))))
        await registerAll(opened.dagstore, cars.slice(tenth, -tenth))
        const last = tenth / (await secondsOf(() => registerAll(opened.dagstore, cars.slice(-tenth))))
        await opened.close()
        return last
      },
      limit: () => first,
      limitWhat: 'the first tenth of the round before',
      target: { ratio: 0.8 },
      rounds: 2,
    })
  } finally {
    await pool.close()
  }
}

/** The same shards in both, queued all at once; then shards that share a block, of which Go's cost grows with each. */
async function besideGo(context: BenchContext, go: GoDagstore, count: number): Promise<Figure[]> {
  const row = async (what: string, common: boolean, target: number) => {
    const folder = join(context.directory, `beside-${common}`)
    const cars = await makeCars(folder, count, common)
    const pool = createPool()
    const root = join(context.directory, 'go')
    let round = 0
    try {
      return await context.compare({
        what,
        unit: 'shards/s',
        rounds: 2,
        work: async () => {
          const opened = await openBenchDagstore(join(context.directory, `own-${common}-${round++}`), pool)
          const tenths: number[] = []
          for (let from = 0; from < count; from += count / 10)
            tenths.push(await secondsOf(() => registerAll(opened.dagstore, cars.slice(from, from + count / 10))))
          await opened.close()
          return speedOf(tenths, count, common)
        },
        limit: async () => speedOf(await go.register(root, folder, count), count, common),
        limitWhat: GO_DAGSTORE,
        target: { ratio: target },
      })
    } finally {
      await pool.close()
    }
  }
  return [
    await row(`${count} shards of ${BLOCKS} blocks, a tenth at a time, beside Go’s dagstore`, false, 1),
    await row(`the last tenth of ${count} shards that share a block, beside Go’s dagstore`, true, 1),
  ]
}

function speedOf(tenths: number[], count: number, lastOnly: boolean): number {
  const counted = lastOnly ? tenths.slice(-1) : tenths
  return ((count / 10) * counted.length) / counted.reduce((sum, seconds) => sum + seconds, 0)
}

async function makeCars(directory: string, count: number, common: boolean): Promise<BenchCar[]> {
  await mkdir(directory, { recursive: true })
  return Array.from({ length: count }, (_, i) => writeSmallCar(directory, i, BLOCKS, common))
}

async function registerAll(
  dagstore: Awaited<ReturnType<typeof openBenchDagstore>>['dagstore'],
  cars: BenchCar[],
): Promise<void> {
  await Promise.all(cars.map(({ key, path }) => dagstore.register(key, pathToFileURL(path).href)))
}

async function writeIndexSizedFiles(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const bytes = Buffer.alloc(INDEX_BYTES, 1)
  let next = 0
  const writer = async () => {
    for (let i = next++; i < count; i = next++) {
      const handle = await open(join(folder, `${i}.tmp`), 'w')
      await handle.write(bytes)
      await handle.datasync()
      await handle.close()
      await rename(join(folder, `${i}.tmp`), join(folder, `${i}`))
    }
  }
  await Promise.all(Array.from({ length: 4 }, writer))
}
