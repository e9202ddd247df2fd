import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Compiles `bench/c/<name>.c` into `directory` with the system's cc. null where there is no compiler or library: then
 * the benchmark takes its limit from node:crypto or node:fs and says so in `limitWhat`.
 */
export async function compileC(
  name: string,
  directory: string,
  libraries: readonly string[] = [],
): Promise<string | null> {
  const source = fileURLToPath(new URL(`../c/${name}.c`, import.meta.url))
  const binary = join(directory, name)
  const flags = ['-O3', '-march=native', '-pthread']
  try {
    await run('cc', [...flags, source, '-o', binary, ...libraries.map((library) => `-l${library}`)])
    return binary
  } catch {
    return null
  }
}

/** Runs a compiled limit, which prints one number. */
export async function runLimit(binary: string, args: readonly string[]): Promise<number> {
  const { stdout } = await run(binary, [...args])
  return Number(stdout.trim())
}
