/**
 * How late the event loop of the built headless host is while it imports, indexes and transfers at once, and a client
 * watches its tables.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, isOutdated } from '../scripts/build.mjs'
import { connectToRunning } from '../src-main/commands/connect-running.ts'
import type { Client } from '../src-main/commands/connection.ts'
import { type BenchCar, writeSmallCar } from './dagstore-data.ts'
import { writeStreamFile } from './data.ts'
import type { BenchContext, Benchmark } from './harness.ts'

const MIB = 1024 * 1024
const BLOCKS = 200
const REGISTERED_AT_ONCE = 32

interface Percentiles {
  p50: number
  p99: number
  max: number
}

interface Delay {
  /** By the clock. */
  late: Percentiles
  /** Processor time that the main thread took without a pause; null where Node does not count it. */
  busy: Percentiles | null
}

export const benchmark: Benchmark = {
  id: 'P13',
  title: 'delay of the event loop under load',
  async run(context) {
    if (isOutdated() && !(await build())) throw new Error('The build failed.')
    const sizes = context.quick
      ? { importMiB: 512, sentMiB: 256, cars: 300 }
      : { importMiB: 2048, sentMiB: 1024, cars: 2000 }
    const dataDir = join(context.directory, 'data')
    const cars = await makeCars(join(context.directory, 'cars'), sizes.cars)
    writeStreamFile(join(context.directory, 'imported'), sizes.importMiB * MIB, 1)
    writeStreamFile(join(context.directory, 'sent'), sizes.sentMiB * MIB, 2)
    const host = await Host.start(dataDir)
    try {
      const root = await host.hold(join(context.directory, 'sent'))
      const idle = monitorEventLoopDelay({ resolution: 1 })
      let round = 0
      const row = await context.compare({
        what: `import of ${sizes.importMiB} MiB, indexing of ${cars.length} shards of ${BLOCKS} blocks and a retrieval of ${sizes.sentMiB} MiB at once, p99`,
        unit: 'ms',
        better: 'less',
        rounds: context.quick ? 1 : 2,
        work: async () => {
          idle.reset()
          idle.enable()
          const delay = await host.delayDuring((client) =>
            allAtOnce(context, client, { root, cars, prefix: `round-${round++}` }),
          )
          idle.disable()
          context.note(`late: ${described(delay.late)}; main thread busy without a pause: ${described(delay.busy)}`)
          return delay.late.p99
        },
        limit: () => idle.percentile(99) / 1e6,
        limitWhat: 'a process that mostly waits, at the same time, the round before',
        target: { value: 20 },
      })
      return [row]
    } finally {
      await host.stop()
    }
  },
}

function described(percentiles: Percentiles | null): string {
  if (percentiles === null) return 'not counted'
  const { p50, p99, max } = percentiles
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${max.toFixed(0)} ms`
}

async function makeCars(folder: string, count: number): Promise<BenchCar[]> {
  await mkdir(folder)
  return Array.from({ length: count }, (_, i) => writeSmallCar(folder, i, BLOCKS))
}

async function allAtOnce(
  context: BenchContext,
  client: Client,
  { root, cars, prefix }: { root: string; cars: BenchCar[]; prefix: string },
): Promise<void> {
  const imported = async () => {
    const { id } = await client.imports.start({ path: join(context.directory, 'imported') })
    await client.imports.wait({ id })
    await client.imports.drop({ ids: [id] })
  }
  const retrieved = async () => {
    const { dealId } = await client.retrievals.start({ root })
    await client.retrievals.wait({ dealId })
    await client.retrievals.remove({ dealId })
  }
  let next = 0
  const indexed = async () => {
    for (let car = cars[next++]; car !== undefined; car = cars[next++])
      await client.shards.register({ key: `${prefix}-${car.key}`, url: pathToFileURL(car.path).href })
  }
  await Promise.all([imported(), retrieved(), ...Array.from({ length: REGISTERED_AT_ONCE }, indexed)])
}

/** The built headless host, with a client. */
class Host {
  readonly #child: ChildProcess
  readonly #client: Client
  readonly #close: () => Promise<void>

  private constructor(child: ChildProcess, client: Client, close: () => Promise<void>) {
    this.#child = child
    this.#client = client
    this.#close = close
  }

  static async start(dataDir: string): Promise<Host> {
    const child = fork(fileURLToPath(new URL('../out/main/headless.js', import.meta.url)), [], {
      env: { ...process.env, CARPORT_PATH: dataDir },
      execArgv: ['--import', new URL('./loop-delay.mjs', import.meta.url).href],
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    })
    if (child.stdout === null) throw new Error('The host has no output.')
    await once(createInterface(child.stdout), 'line')
    const connection = await connectToRunning(dataDir)
    if (connection === null) throw new Error('The host does not listen.')
    const { client } = connection
    for (const topic of [client.shards, client.imports, client.retrievals, client.transfers]) void drain(topic.watch())
    return new Host(child, client, () => connection.close())
  }

  /** Imports a file with a copy of its bytes, and makes a shard of it, so that it can be retrieved. */
  async hold(path: string): Promise<string> {
    const { id } = await this.#client.imports.start({ path, kind: 'self-contained' })
    const { root, carPath } = await this.#client.imports.wait({ id })
    if (root === null) throw new Error('The import has no root.')
    await stat(carPath)
    await this.#client.shards.register({ key: 'held', url: pathToFileURL(carPath).href })
    await rm(path)
    return root
  }

  async delayDuring(work: (client: Client) => Promise<void>): Promise<Delay> {
    this.#child.send('begin')
    await work(this.#client)
    this.#child.send('end')
    const [delay] = (await once(this.#child, 'message')) as [Delay]
    return delay
  }

  async stop(): Promise<void> {
    await this.#close().catch(() => {})
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

async function drain(events: Promise<AsyncIterable<unknown>>): Promise<void> {
  try {
    for await (const _ of await events);
  } catch {
    // the connection was closed
  }
}
