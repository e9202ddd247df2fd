import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { goProgram } from '../../src-main/engine/testing/go-program.ts'
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

/** Builds it on demand; null, with a note, where there is no Go or no way to its modules. */
export async function buildGoDagstore(context: BenchContext): Promise<GoDagstore | null> {
  const program = await goProgram('go-dagstore')
  if (program === null) {
    context.note('not compared with Go’s dagstore: there is no Go here, or no way to its modules')
    return null
  }
  /** Go's own logs go nowhere. */
  const measure = async (op: string, root: string, pieces: string, count = 0) => {
    const { stdout } = await promisify(execFile)(program, ['bench', op, String(count), root, pieces])
    return JSON.parse(stdout) as GoMeasured
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
