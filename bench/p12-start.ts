/** Starts an engine with many shards and imports: from the call until it serves. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inlineTaskRunner, silentLogger, systemClock } from '../src-main/engine/base/index.ts'
import { createDagstore, LotusMount, MountRegistry } from '../src-main/engine/dagstore/index.ts'
import { LevelStore } from '../src-main/engine/store/index.ts'
import { writeImports, writeShards } from './engine-data.ts'
import type { EngineStarted } from './engine-process.ts'
import { type BenchContext, type Benchmark, type Figure, median, secondsOf } from './harness.ts'
import { buildGoDagstore, GO_DAGSTORE } from './limits/go-dagstore.ts'

const BESIDE_GO = 10_000
const NO_PIECES = {
  stat: async () => ({ state: 'missing' as const, sizeBytes: null, path: null }),
  open: () => Promise.reject(new Error('no pieces here')),
}

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
    return [row, ...(await besideGo(context))]
  },
}

/** Both open the same directory, and list its shards. */
async function besideGo(context: BenchContext): Promise<Figure[]> {
  const go = await buildGoDagstore(context)
  if (go === null) return []
  const directory = join(context.directory, 'beside-go')
  await writeShards(directory, BESIDE_GO)
  return [
    await context.compare({
      what: `start of a dagstore with ${BESIDE_GO} Available shards, and a list of them, beside Go’s`,
      unit: 's',
      better: 'less',
      work: () => startDagstore(directory),
      limit: async () => {
        const { start = Number.NaN, list = Number.NaN } = await go.start(directory, context.directory)
        return start + list
      },
      limitWhat: GO_DAGSTORE,
      target: { value: 0.1 },
    }),
  ]
}

async function startDagstore(directory: string): Promise<number> {
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  const dagstore = createDagstore({
    directory,
    store,
    tasks: inlineTaskRunner,
    mounts: new MountRegistry().register('lotus', new LotusMount(NO_PIECES)),
    clock: systemClock,
    log: silentLogger,
  })
  const seconds = await secondsOf(async () => {
    await dagstore.start()
    dagstore.list()
  })
  await dagstore.close()
  await store.close()
  return seconds
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
