/** Starts a dagstore with many shards: from opening its files until shards can be acquired. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { silentLogger, systemClock } from '../src-main/engine/base/index.ts'
import { createDagstore, LotusMount, MountRegistry } from '../src-main/engine/dagstore/index.ts'
import { LevelStore, type StoreOperation } from '../src-main/engine/store/index.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { createPool } from './worker-pool.ts'

export const benchmark: Benchmark = {
  id: 'P12',
  title: 'start with many shards',
  async run(context) {
    const count = context.quick ? 20_000 : 100_000
    const directory = join(context.directory, 'dagstore')
    await writeDagstore(directory, count)
    const pool = createPool()
    try {
      return [
        await context.compare({
          what: `start of a dagstore with ${count} Available shards, to serving`,
          unit: 's',
          better: 'less',
          work: async () => {
            const start = process.hrtime.bigint()
            const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
            const dagstore = createDagstore({
              directory,
              store,
              tasks: pool,
              mounts: new MountRegistry().register('lotus', new LotusMount(NO_PIECES)),
              clock: systemClock,
              log: silentLogger,
            })
            await dagstore.start()
            const seconds = Number(process.hrtime.bigint() - start) / 1e9
            dagstore.pause()
            await dagstore.close()
            await store.close()
            return seconds
          },
          limit: () => secondsOf(() => readRows(join(directory, 'datastore'))),
          limitWhat: 'reading the rows and parsing their JSON',
          target: { value: context.quick ? 0.2 : 1 },
        }),
      ]
    } finally {
      await pool.close()
    }
  },
}

const NO_PIECES = {
  stat: async () => ({ state: 'missing' as const, sizeBytes: null, path: null }),
  open: () => Promise.reject(new Error('no pieces here')),
}

async function readRows(path: string): Promise<void> {
  const store = await LevelStore.open(path, { compression: false })
  for await (const { value } of store.entries({ prefix: Buffer.from('/dagstore/') }))
    JSON.parse(Buffer.from(value).toString())
  await store.close()
}

/** Records of made-up pieces, and an empty index for each. */
async function writeDagstore(directory: string, count: number): Promise<void> {
  await mkdir(join(directory, 'index'), { recursive: true })
  const emptyIndex = Buffer.from([0x81, 0x08, 0, 0, 0, 0])
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  for (let from = 0; from < count; from += 1000) {
    const operations: StoreOperation[] = []
    for (let i = from; i < Math.min(count, from + 1000); i++) {
      const digest = Buffer.alloc(32)
      digest.writeUInt32BE(Math.imul(i, 2654435761) >>> 0)
      digest.writeUInt32BE(i, 4)
      const key = CID.createV1(0xf101, createDigest(0x1012, digest)).toString()
      const record = { k: key, u: `lotus://${key}`, t: '', s: 2, l: true, e: '' }
      const entered = Buffer.alloc(13)
      entered.writeUInt32BE(i + 1)
      operations.push({ type: 'put', key: Buffer.from(`/dagstore/${key}`), value: Buffer.from(JSON.stringify(record)) })
      operations.push({ type: 'put', key: Buffer.from(`/ps/${key}`), value: entered })
      await writeFile(join(directory, 'index', `${key}.full.idx`), emptyIndex)
    }
    await store.batch(operations, { durable: false })
  }
  await store.close()
}
