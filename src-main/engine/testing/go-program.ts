import { execFile } from 'node:child_process'
import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { threadId } from 'node:worker_threads'

const INTEROP = new URL('../../../interop/', import.meta.url)
const SUFFIX = process.platform === 'win32' ? '.exe' : ''
const DOWNLOAD_TIMEOUT_MS = 120_000
const BUILD_TIMEOUT_MS = 300_000

const run = promisify(execFile)

/**
 * Builds a program of `interop/`, and gives the path to it; null where there is no Go, or no way to its modules. One that
 * does not compile is a failure. `variant`: the modules of `<variant>.mod` instead of go.mod, and that build tag.
 */
export async function goProgram(name: string, variant?: string): Promise<string | null> {
  const cwd = fileURLToPath(new URL(`${name}/`, INTEROP))
  const program = fileURLToPath(new URL(`bin/${name}${variant === undefined ? '' : `-${variant}`}${SUFFIX}`, INTEROP))
  const modules = variant === undefined ? [] : [`-modfile=${variant}.mod`]
  const tags = variant === undefined ? [] : ['-tags', variant]
  try {
    await run('go', ['mod', 'download', ...modules], { cwd, timeout: DOWNLOAD_TIMEOUT_MS })
  } catch {
    return null
  }
  // Several test files build it at once, and one may run it already: it gets its name when it is whole.
  const own = `${program}-${process.pid}-${threadId}`
  await run('go', ['build', ...modules, ...tags, '-o', own, '.'], { cwd, timeout: BUILD_TIMEOUT_MS })
  await rename(own, program)
  return program
}
