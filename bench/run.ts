/** `npm run bench`: runs the benchmarks one after another and prints their figures. `npm run -s` keeps stdout to them. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Figure } from './harness.ts'
import { registry } from './registry.ts'
import { renderTable } from './render-table.ts'

const USAGE = 'Usage: npm run bench -- [--only P1,P3] [--json] [--quick] [--list]\n'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** The benchmark that runs, in a process group of its own together with what it starts (go-car, a gateway). */
let running: ChildProcess | null = null
/** Exit code of the signal that ended it all: the benchmark is stopped, its folder removed, and no other is begun. */
let interrupted: number | null = null
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => {
    interrupted ??= exitCode
    if (running !== null) stop(running)
  })

process.exitCode = await main()

async function main(): Promise<number> {
  if (options.help) return print(USAGE)
  if (options.list) return print(`${Object.keys(registry).join('\n')}\n`)
  const wanted = options.only?.split(',').map((id) => id.trim().toUpperCase()) ?? Object.keys(registry)
  const unknown = wanted.filter((id) => !(id in registry))
  if (unknown.length > 0) {
    process.stderr.write(
      `No such benchmark: ${unknown.join(', ')}. Known: ${Object.keys(registry).join(', ')}.\n${USAGE}`,
    )
    return 2
  }
  process.stderr.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}\n`)
  const figures: Figure[] = []
  let failed = false
  for (const id of wanted) {
    if (interrupted !== null) return interrupted
    try {
      figures.push(...(await runOne(id)))
    } catch (error) {
      if (interrupted !== null) return interrupted
      failed = true
      process.stderr.write(`${id} failed: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  print(options.json ? `${JSON.stringify(figures, null, 2)}\n` : renderTable(figures))
  return failed ? 1 : 0
}

async function runOne(id: string): Promise<Figure[]> {
  const directory = await mkdtemp(join(process.env.CARPORT_BENCH_DIR ?? tmpdir(), `carport-bench-${id.toLowerCase()}-`))
  try {
    process.stderr.write(`${id}\n`)
    return await inOwnProcess(id, directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function inOwnProcess(id: string, directory: string): Promise<Figure[]> {
  return new Promise((resolve, reject) => {
    const entry = fileURLToPath(new URL('./run-one.ts', import.meta.url))
    const child = fork(entry, [id, directory, String(options.quick)], {
      stdio: ['ignore', 2, 2, 'ipc'],
      execArgv: ['--expose-gc'],
      detached: process.platform !== 'win32',
    })
    running = child
    if (interrupted !== null) stop(child)
    let figures: Figure[] | null = null
    child.on('message', (message) => {
      figures = message as Figure[]
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      running = null
      if (code !== 0) stop(child) // what it left running writes into the folder
      if (figures !== null) resolve(figures)
      else reject(new Error(`its process ended with ${signal ?? code} and gave no figures`))
    })
  })
}

/** With all it started; nothing happens when it has ended. */
function stop({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
