/** Acquires and closes a shard that is open already, as a gateway does for each request. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CID } from 'multiformats/cid'
import { inlineTaskRunner } from '../src-main/engine/base/index.ts'
import { openBenchDagstore, writeSmallCar } from './dagstore-data.ts'
import { type BenchContext, type Benchmark, secondsOf } from './harness.ts'
import { onceOf } from './limits/go-car.ts'
import { buildGoDagstore, GO_DAGSTORE, type GoMeasured } from './limits/go-dagstore.ts'

export const benchmark: Benchmark = {
  id: 'P17',
  title: 'acquire and close a warm shard',
  async run(context) {
    const count = context.quick ? 20_000 : 100_000
    const pieces = join(context.directory, 'pieces')
    await mkdir(pieces)
    const { key, path, cids } = writeSmallCar(pieces, 0, 100)
    const go = await startGo(context, pieces)
    const opened = await openBenchDagstore(join(context.directory, 'dagstore'), inlineTaskRunner)
    const { dagstore } = opened
    await dagstore.register(key, pathToFileURL(path).href)
    const row = (what: string, goWork: keyof GoMeasured, target: number, work: (cid: CID) => Promise<void>) =>
      context.compare({
        what,
        unit: 'per second',
        work: async () => {
          const seconds = await secondsOf(async () => {
            for (let i = 0; i < count; i++) await work(cids[i % cids.length] as CID)
          })
          return count / seconds
        },
        limit: go === null ? undefined : async () => 1 / Number((await go())[goWork]),
        limitWhat: go === null ? undefined : GO_DAGSTORE,
        target: { value: target },
      })
    try {
      return [
        await row('acquire + close, one after another', 'acquire', 20_000, async () => {
          await (await dagstore.acquire(key)).close()
        }),
        await row('the same with one Get of a verified block of 64 bytes', 'acquireGet', 15_000, async (cid) => {
          const accessor = await dagstore.acquire(key)
          await accessor.blockstore.get(cid)
          await accessor.close()
        }),
        await row('looking up which shards hold a block', 'lookup', 40_000, async (cid) => {
          await dagstore.lookup(cid)
        }),
      ]
    } finally {
      await opened.close()
    }
  },
}

/** What Go takes for each, with the same shard; measured once, when it is first asked for. */
async function startGo(context: BenchContext, pieces: string): Promise<(() => Promise<GoMeasured>) | null> {
  const go = await buildGoDagstore(context)
  if (go === null) return null
  const root = join(context.directory, 'go')
  for (let i = 1; i < 10; i++) writeSmallCar(pieces, i, 100)
  await go.register(root, pieces, 10)
  return onceOf(() => go.read(root, pieces))
}
