/**
 * Launches the built program with nothing running: from the start of its processes until the window answers a click,
 * and what the engine then holds in memory. The headless host and a browser stand in for Electron, which shows the same
 * window over the same engine, in as many processes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { launchBrowser, OUT } from './browser-window.ts'
import { writeImports, writeShards } from './engine-data.ts'
import type { BenchContext, Benchmark, Figure } from './harness.ts'

const LEAST_REST_MS = 5000
const QUIET_MS = 3000
const STAND_IN = 'headless host and Chromium, not Electron'

export const benchmark: Benchmark = {
  id: 'P15',
  title: 'launch, and memory at rest',
  async run(context) {
    const dataDir = join(context.directory, 'data')
    await mkdir(dataDir)
    const first = await launchBrowser(context.note)
    await first?.close()
    const launch =
      first === null
        ? []
        : [
            await context.compare({
              what: `from nothing to a window that answers a click (${STAND_IN})`,
              unit: 's',
              better: 'less',
              work: () => launchOnce(context, dataDir),
              limit: () => launchEmpty(context),
              limitWhat: 'Chromium alone, to a click in an empty page',
              target: { value: 1.5 },
            }),
          ]
    const shards = context.quick ? 20_000 : 100_000
    const large = join(context.directory, 'large')
    await writeShards(join(large, 'dagstore'), shards)
    await writeImports(large, shards / 10)
    return [
      ...launch,
      await memoryAtRest(context, dataDir, 'new data directory'),
      await memoryAtRest(context, large, `${shards} shards and ${shards / 10} imports`),
    ]
  },
}

/** Host and browser start at the same time, as the processes of Electron do. */
async function launchOnce(context: BenchContext, dataDir: string): Promise<number> {
  await rm(join(dataDir, 'api'), { force: true })
  const begin = performance.now()
  const host = new Host(dataDir)
  const [url, browser] = await Promise.all([host.url, launchBrowser(context.note)])
  if (browser === null) throw new Error('There was a browser before.')
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  await page.goto(url, { waitUntil: 'commit' })
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Imports', exact: true }).click()
  await page.getByRole('heading', { name: 'Imports', exact: true }).waitFor()
  const seconds = (performance.now() - begin) / 1000
  await closeAll(browser, host)
  return seconds
}

async function launchEmpty(context: BenchContext): Promise<number> {
  const begin = performance.now()
  const browser = await launchBrowser(context.note)
  if (browser === null) return Number.NaN
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  await page.setContent('<button onclick="this.textContent = \'done\'">do</button>')
  await page.getByRole('button').click()
  await page.getByText('done').waitFor()
  const seconds = (performance.now() - begin) / 1000
  await browser.close()
  return seconds
}

async function closeAll(browser: Browser, host: Host): Promise<void> {
  await browser.close()
  await host.stop()
}

async function memoryAtRest(context: BenchContext, dataDir: string, what: string): Promise<Figure> {
  return context.compare({
    what: `resident set of the engine at rest, ${what}`,
    unit: 'MiB',
    better: 'less',
    rounds: context.quick ? 1 : 2,
    target: { value: 200 },
    work: async () => {
      const host = new Host(dataDir)
      await host.url
      await host.atRest()
      const mib = host.residentMiB()
      context.note(host.described())
      await host.stop()
      return mib
    },
  })
}

/** The built headless host. */
class Host {
  readonly url: Promise<string>
  readonly #child: ChildProcess

  constructor(dataDir: string) {
    const environment = { ...process.env, CARPORT_PATH: dataDir, NODE_OPTIONS: '' }
    const child = spawn(process.execPath, [join(OUT, 'main', 'headless.js')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    this.url = once(createInterface(child.stdout), 'line').then(([line]) => String(line))
  }

  /** Resolves when what a start leaves for later is done: no processor time is used for some seconds. */
  async atRest(): Promise<void> {
    await sleep(LEAST_REST_MS)
    for (let before = -1; this.#cpuTicks() !== before; await sleep(QUIET_MS)) before = this.#cpuTicks()
  }

  residentMiB(): number {
    if (process.platform === 'linux') return this.#statusMiB('VmRSS')
    return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)], { encoding: 'utf8' }).stdout) / 1024
  }

  /** What the resident set is made of; files, such as the tables of LevelDB, are there as long as nobody needs the room. */
  described(): string {
    if (process.platform !== 'linux') return 'resident set as ps gives it'
    return `memory of its own ${this.#statusMiB('RssAnon').toFixed(0)} MiB, mapped files ${this.#statusMiB('RssFile').toFixed(0)} MiB`
  }

  #statusMiB(name: string): number {
    const kib = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(
      readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'),
    )?.[1]
    return Number(kib) / 1024
  }

  /** Processor time in hundredths of a second. */
  #cpuTicks(): number {
    if (process.platform !== 'linux') return 0
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}
