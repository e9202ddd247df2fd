import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchContext } from '../harness.ts'

/** What interop/go-dagstore/bench.go says, in seconds. */
export interface GoMeasured {
  registerTenths?: number[]
  start?: number
  list?: number
  acquire?: number
  acquireGet?: number
  lookup?: number
}

export interface GoDagstore {
  /** Registers and initializes the shards of `0.car`, `1.car`, … in `pieces`, in a new directory. */
  register(root: string, pieces: string, count: number): Promise<number[]>
  /** Opens a directory, and lists its shards. */
  start(root: string, pieces: string): Promise<GoMeasured>
  /** Acquires the first of the shards that were registered, and looks up its blocks. */
  read(root: string, pieces: string): Promise<GoMeasured>
}

export const GO_DAGSTORE = 'Go’s dagstore v0.7.0 as Lotus configures it'

const SOURCE = fileURLToPath(new URL('../../interop/go-dagstore/', import.meta.url))
const PROGRAM = fileURLToPath(
  new URL(`../../interop/bin/go-dagstore${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
)
const BUILD_TIMEOUT_MS = 300_000

/** Builds it on demand; null, with a note, where there is no Go or no way to its modules. */
export async function buildGoDagstore(context: BenchContext): Promise<GoDagstore | null> {
  try {
    await promisify(execFile)('go', ['build', '-o', PROGRAM, '.'], { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS })
  } catch {
    context.note('not compared with Go’s dagstore: there is no Go here, or no way to its modules')
    return null
  }
  return {
    async register(root, pieces, count) {
      await rm(root, { recursive: true, force: true })
      return (await measure('register', root, pieces, count)).registerTenths ?? []
    },
    start: (root, pieces) => measure('start', root, pieces),
    read: (root, pieces) => measure('read', root, pieces),
  }
}

/** Go's own logs go nowhere. */
async function measure(op: string, root: string, pieces: string, count = 0): Promise<GoMeasured> {
  const { stdout } = await promisify(execFile)(PROGRAM, ['bench', op, String(count), root, pieces])
  return JSON.parse(stdout) as GoMeasured
}
