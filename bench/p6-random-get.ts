/** Gets random blocks from an acquired shard, one after another, into the same memory. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CID } from 'multiformats/cid'
import type { Blockstore } from '../src-main/engine/blockstore/index.ts'
import { openBenchDagstore } from './dagstore-data.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { GO_CAR_WHAT, startGoCar } from './limits/go-car.ts'
import { randomPreadLimit } from './limits/random-pread.ts'
import { type BenchRawCar, rawCid, writeHashedCar } from './raw-car.ts'
import { createPool } from './worker-pool.ts'

const BLOCK_BYTES = 4096
/** CIDs are made this many at a time, outside of what is measured: a request brings the CID it asks for. */
const CIDS_AT_ONCE = 1000

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
    const pool = createPool(1)
    const goCar = await startGoCar(context)
    const opened = await openBenchDagstore(join(context.directory, 'dagstore'), pool)
    const what = `random Get of 4 KiB of ${(blockCount * BLOCK_BYTES) / 2 ** 20} MiB, one after another`
    try {
      await opened.dagstore.register('blocks', pathToFileURL(car.path).href)
      const { blockstore } = await opened.dagstore.acquire('blocks')
      const gets = (verify: boolean) => () => getsPerSecond(blockstore, car, getCount, verify)
      const pread = { unit: 'per second', limit: limit.measure, limitWhat: limit.what }
      const rows = [
        await context.compare({
          ...pread,
          what: `${what}, unverified`,
          work: gets(false),
          target: { ratio: 0.6 },
        }),
        await context.compare({
          ...pread,
          what: `${what}, verified`,
          work: gets(true),
          target: { value: 100_000 },
        }),
      ]
      if (goCar === null) return rows
      const goSpeed = async () =>
        getCount / (await goCar.measure({ op: 'random-gets', path: car.path, count: getCount }))
      rows.push(
        await context.compare({
          what: `${what}, unverified, beside go-car`,
          unit: 'per second',
          work: gets(false),
          limit: goSpeed,
          limitWhat: `${GO_CAR_WHAT}, mapped file`,
          target: { ratio: 1 },
        }),
      )
      return rows
    } finally {
      goCar?.close()
      await opened.close()
      await pool.close()
    }
  },
}

let state = 6

async function getsPerSecond(
  blockstore: Blockstore,
  car: BenchRawCar & { digests: Uint8Array },
  getCount: number,
  verify: boolean,
): Promise<number> {
  const into = new Uint8Array(BLOCK_BYTES + 256)
  let seconds = 0
  for (let done = 0; done < getCount; done += CIDS_AT_ONCE) {
    const cids = randomCids(car)
    seconds += await secondsOf(async () => {
      for (const cid of cids) {
        const bytes = await blockstore.get(cid, { verify, into })
        if (bytes.length !== BLOCK_BYTES) throw new Error('a block of another length')
      }
    })
  }
  return getCount / seconds
}

function randomCids({ digests, blockCount }: BenchRawCar & { digests: Uint8Array }): CID[] {
  return Array.from({ length: CIDS_AT_ONCE }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const at = Math.floor((state / 2 ** 32) * blockCount) * 32
    return rawCid(digests.slice(at, at + 32))
  })
}
