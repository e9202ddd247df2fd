/** Gets random blocks from an acquired shard, one after another, into the same memory. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openBenchDagstore } from './dagstore-data.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { randomPreadLimit } from './limits/random-pread.ts'
import { rawCid, writeHashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const BLOCK_BYTES = 4096

export const benchmark: Benchmark = {
  id: 'P6',
  title: 'random Get from an acquired shard',
  async run(context) {
    const blockCount = context.quick ? 32_768 : 262_144
    const getCount = context.quick ? 100_000 : 300_000
    const car = writeHashedCar(join(context.directory, 'blocks.car'), blockCount, 6, BLOCK_BYTES)
    const stride = (car.sizeBytes - car.headerBytes) / blockCount
    const blocks = { ...car, first: car.headerBytes + stride - BLOCK_BYTES, stride, blockBytes: BLOCK_BYTES }
    const limit = await randomPreadLimit(blocks, getCount, context.directory)
    const cids = Array.from({ length: blockCount }, (_, i) => rawCid(car.digests.subarray(i * 32, i * 32 + 32)))
    const pool = createPool(1)
    const opened = await openBenchDagstore(join(context.directory, 'dagstore'), pool)
    const into = new Uint8Array(BLOCK_BYTES + 256)
    let state = 6
    try {
      await opened.dagstore.register('blocks', pathToFileURL(car.path).href)
      const { blockstore, close } = await opened.dagstore.acquire('blocks').then((accessor) => ({
        blockstore: accessor.blockstore,
        close: () => accessor.close(),
      }))
      const getsPerSecond = async (verify: boolean) => {
        const seconds = await secondsOf(async () => {
          for (let i = 0; i < getCount; i++) {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0
            const cid = cids[Math.floor((state / 2 ** 32) * blockCount)]
            if (cid === undefined) continue
            const bytes = await blockstore.get(cid, { verify, into })
            if (bytes.length !== BLOCK_BYTES) throw new Error('a block of another length')
          }
        })
        return getCount / seconds
      }
      const row = (what: string, verify: boolean, target: { ratio: number } | { value: number }) =>
        context.compare({
          what: `random Get of 4 KiB of ${(blockCount * BLOCK_BYTES) / 2 ** 20} MiB, one after another, ${what}`,
          unit: 'per second',
          work: () => getsPerSecond(verify),
          limit: limit.measure,
          limitWhat: limit.what,
          target,
        })
      try {
        return [await row('unverified', false, { ratio: 0.6 }), await row('verified', true, { value: 100_000 })]
      } finally {
        await close()
      }
    } finally {
      await opened.close()
      await pool.close()
    }
  },
}
