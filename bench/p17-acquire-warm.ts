/** Acquires and closes a shard that is open already, as a gateway does for each request. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inlineTaskRunner } from '../src-main/engine/base/index.ts'
import { openBenchDagstore, writeSmallCar } from './dagstore-data.ts'
import { type Benchmark, secondsOf } from './harness.ts'

export const benchmark: Benchmark = {
  id: 'P17',
  title: 'acquire and close a warm shard',
  async run(context) {
    const count = context.quick ? 20_000 : 100_000
    const { key, path, cids } = writeSmallCar(context.directory, 0, 100)
    const opened = await openBenchDagstore(join(context.directory, 'dagstore'), inlineTaskRunner)
    const { dagstore } = opened
    await dagstore.register(key, pathToFileURL(path).href)
    try {
      return [
        await context.compare({
          what: 'acquire + close, one after another',
          unit: 'per second',
          work: async () => {
            const seconds = await secondsOf(async () => {
              for (let i = 0; i < count; i++) await (await dagstore.acquire(key)).close()
            })
            return count / seconds
          },
          target: { value: 20_000 },
        }),
        await context.compare({
          what: 'the same with one Get of a verified block of 64 bytes',
          unit: 'per second',
          work: async () => {
            const seconds = await secondsOf(async () => {
              for (let i = 0; i < count; i++) {
                const accessor = await dagstore.acquire(key)
                const cid = cids[i % cids.length]
                if (cid !== undefined) await accessor.blockstore.get(cid)
                await accessor.close()
              }
            })
            return count / seconds
          },
          target: { value: 15_000 },
        }),
      ]
    } finally {
      await opened.close()
    }
  },
}
