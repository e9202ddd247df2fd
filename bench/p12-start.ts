/** Starts an engine with many shards and imports: from the call until it serves. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { LevelStore, type StoreOperation } from '../src-main/engine/store/index.ts'
import type { EngineStarted } from './engine-process.ts'
import { type BenchContext, type Benchmark, median, secondsOf } from './harness.ts'

const IMPORT_BYTES = 1000
const TOGETHER = 1000

export const benchmark: Benchmark = {
  id: 'P12',
  title: 'start with many shards and imports',
  async run(context) {
    const shards = context.quick ? 20_000 : 100_000
    const imports = context.quick ? 2000 : 10_000
    const dataDir = join(context.directory, 'data')
    await writeShards(join(dataDir, 'dagstore'), shards)
    await writeImports(dataDir, imports)
    const processor: number[] = []
    const row = await context.compare({
      what: `start of an engine with ${shards} Available shards and ${imports} imports, to serving`,
      unit: 's',
      better: 'less',
      work: async () => {
        const started = await startEngine(context, dataDir, { shards, imports })
        processor.push(started.cpuSeconds)
        return started.seconds
      },
      limit: () => secondsOf(() => readRows(join(dataDir, 'dagstore', 'datastore'))),
      limitWhat: 'reading the shards’ rows as bytes and parsing their JSON',
      target: { value: context.quick ? 0.4 : 1 },
    })
    context.note(`processor time of all threads: ${median(processor).toFixed(2)} s`)
    return [row]
  },
}

/** A new process each time, as a start is. */
async function startEngine(
  context: BenchContext,
  dataDir: string,
  expected: { shards: number; imports: number },
): Promise<EngineStarted> {
  const child = fork(fileURLToPath(new URL('./engine-process.ts', import.meta.url)), [dataDir])
  const [started] = (await once(child, 'message')) as [EngineStarted]
  child.disconnect()
  await once(child, 'exit')
  if (started.shards !== expected.shards || started.imports !== expected.imports)
    context.note(`found ${started.shards} shards and ${started.imports} imports`)
  return started
}

async function readRows(path: string): Promise<void> {
  const store = await LevelStore.open(path, { compression: false })
  for await (const { value } of store.entries({ prefix: Buffer.from('/dagstore/') }))
    JSON.parse(Buffer.from(value).toString())
  await store.close()
}

/** Records of made-up pieces, and an empty index for each. */
async function writeShards(directory: string, count: number): Promise<void> {
  await mkdir(join(directory, 'index'), { recursive: true })
  const emptyIndex = Buffer.from([0x81, 0x08, 0, 0, 0, 0])
  await writeRows(join(directory, 'datastore'), count, async (i) => {
    const digest = Buffer.alloc(32)
    digest.writeUInt32BE(Math.imul(i, 2654435761) >>> 0)
    digest.writeUInt32BE(i, 4)
    const key = CID.createV1(0xf101, createDigest(0x1012, digest)).toString()
    const record = { k: key, u: `lotus://${key}`, t: '', s: 2, l: true, e: '' }
    const entered = Buffer.from(JSON.stringify([i + 1, 0, null]))
    await writeFile(join(directory, 'index', `${key}.full.idx`), emptyIndex)
    return [put(`/dagstore/${key}`, Buffer.from(JSON.stringify(record))), put(`/ps/${key}`, entered)]
  })
}

/** As Carport writes them down; their CARs and sources are small files. */
async function writeImports(dataDir: string, count: number): Promise<void> {
  const sources = join(dataDir, 'sources')
  const cars = join(dataDir, 'imports')
  for (const folder of [sources, cars]) await mkdir(folder, { recursive: true })
  const bytes = Buffer.alloc(IMPORT_BYTES)
  await writeRows(join(dataDir, 'datastore'), count, async (i) => {
    const id = String(1_700_000_000_000_000_000n + BigInt(i))
    const [source, car] = [join(sources, `${i}.bin`), join(cars, `${id}.car`)]
    await Promise.all([writeFile(source, bytes), writeFile(car, bytes)])
    const digest = Buffer.alloc(32)
    digest.writeUInt32BE(i)
    const carport = {
      ...{ state: 'ready', kind: 'linked', profile: 'unixfs-v1-2025', sizeBytes: IMPORT_BYTES, mtimeMs: null },
      ...{ carSizeBytes: IMPORT_BYTES, blockCount: 1, createdAt: new Date(0).toISOString(), error: null },
    }
    const root = CID.createV1(0x55, createDigest(0x12, digest)).toString()
    const labels = { source: 'import', filename: source, carport: JSON.stringify(carport), root, car_path: car }
    return [put(`/client/stores/${id}`, Buffer.from(JSON.stringify({ Labels: { ...labels, car_owner: 'importmgr' } })))]
  })
}

async function writeRows(path: string, count: number, rowsOf: (i: number) => Promise<StoreOperation[]>): Promise<void> {
  const store = await LevelStore.open(path, { compression: false })
  for (let from = 0; from < count; from += TOGETHER) {
    const numbers = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => from + i)
    await store.batch((await Promise.all(numbers.map(rowsOf))).flat(), { durable: false })
  }
  await store.close()
}

function put(key: string, value: Uint8Array): StoreOperation {
  return { type: 'put', key: Buffer.from(key), value }
}
