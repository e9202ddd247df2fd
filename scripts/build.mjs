// Builds out/ from the sources: the WASM kernel, then everything that electron.vite.config.ts names. `--if-outdated`
// does nothing when no source is younger than the last build. Quiet unless it fails.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildKernel } from '../src-main/engine/commp/wasm/build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'out', '.built')
const SOURCES = ['src-main', 'src-shared', 'src-renderer', 'electron.vite.config.ts', 'package-lock.json']

/** Whether it went well; says on stderr why not. */
export async function build() {
  process.stderr.write('Building Carport …\n')
  const startedAt = new Date()
  await buildKernel()
  const bundler = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const run = spawnSync(process.execPath, [bundler, 'build', '--logLevel', 'warn'], { cwd: root, encoding: 'utf8' })
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout}${run.stderr}\nThe build failed.\n`)
    return false
  }
  // As old as the beginning: what was edited meanwhile may not be in it.
  writeFileSync(stamp, '')
  utimesSync(stamp, startedAt, startedAt)
  return true
}

export function isOutdated() {
  if (!existsSync(stamp)) return true
  const builtAt = statSync(stamp).mtimeMs
  return SOURCES.some((source) => newest(join(root, source)) > builtAt)
}

function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const needed = !process.argv.includes('--if-outdated') || isOutdated()
  if (needed && !(await build())) process.exitCode = 1
}
