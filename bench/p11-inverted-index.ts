/** Enters random postings into the inverted index, and looks them up. */
import { randomFillSync } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '../src-main/engine/base/index.ts'
import type { CarIndex, IndexRecords } from '../src-main/engine/car/index.ts'
import { DeferredRows } from '../src-main/engine/dagstore/deferred-rows.ts'
import { SegmentedInvertedIndex } from '../src-main/engine/dagstore/inverted-index/segmented-inverted-index.ts'
import { LevelStore } from '../src-main/engine/store/index.ts'
import { type Benchmark, median, secondsOf } from './harness.ts'
import { createPool } from './worker-pool.ts'

const SHA2_256 = 0x12
const BATCH = 25_000

export const benchmark: Benchmark = {
  id: 'P11',
  title: 'inverted index',
  async run(context) {
    const shards = context.quick ? 4 : 50
    const perShard = context.quick ? 250_000 : 1_000_000
    const directory = join(context.directory, 'postings')
    const sample: Uint8Array[] = []
    const tasks = createPool()
    let index: SegmentedInvertedIndex | null = null
    let store: LevelStore | null = null
    const close = async () => {
      await index?.close()
      await store?.close()
    }
    const enter = async () => {
      await close()
      await rm(directory, { recursive: true, force: true })
      store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
      const rows = new DeferredRows(store)
      index = new SegmentedInvertedIndex({
        directory: join(directory, 'postings'),
        store,
        rows,
        tasks,
        log: silentLogger,
      })
      await index.open({ find: () => undefined })
      sample.length = 0
      const seconds = await secondsOf(async () => {
        for (let i = 0; i < shards; i++) await index?.add(`shard-${i}`, randomIndex(perShard, sample))
        await index?.settle()
      })
      await index.merged()
      context.note(`${index.segmentCount} segments`)
      return (shards * perShard) / seconds
    }
    try {
      const entering = await context.compare({
        what: `${(shards * perShard) / 1e6}M random postings, entered`,
        unit: 'postings/s',
        work: enter,
        target: { value: 400_000 },
        maxRssMiB: 1024,
        rounds: context.quick ? 3 : 1,
      })
      const lookup = await context.compare({
        what: 'a look-up of one of them, p50',
        unit: 'µs',
        better: 'less',
        work: async () => {
          const times: number[] = []
          for (const multihash of sample) {
            const seconds = await secondsOf(() => index?.lookup(multihash))
            times.push(seconds * 1e6)
          }
          return median(times)
        },
        target: { value: 25 },
      })
      return [entering, lookup]
    } finally {
      await close()
      await tasks.close()
    }
  },
}

/** An index of random digests, made as it is read. */
function randomIndex(count: number, sample: Uint8Array[]): CarIndex {
  const batches = async function* (): AsyncGenerator<IndexRecords> {
    const bytes = Buffer.alloc(BATCH * 40)
    for (let from = 0; from < count; from += BATCH) {
      randomFillSync(bytes)
      sample.push(Buffer.concat([Buffer.from([SHA2_256, 32]), bytes.subarray(0, 32)]))
      yield { hashCode: SHA2_256, digestLength: 32, count: Math.min(BATCH, count - from), bytes }
    }
  }
  return { codec: 0x0401, recordCount: count, batches } as unknown as CarIndex
}
