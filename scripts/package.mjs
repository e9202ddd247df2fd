// Makes installers with electron-builder (`npm run package -- --linux deb`). Needs Electron's binary: says so early and clearly.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = (args, stdio) => spawnSync(process.execPath, args, { cwd: root, stdio, encoding: 'utf8' })

const options = process.argv.slice(2)
const hasOwnElectron = options.some((option) => option.startsWith('-c.electronDist'))
if (!hasOwnElectron) requireElectron()
if (!(await build())) process.exit(1)
process.exit(
  node(['node_modules/electron-builder/cli.js', '--config', 'electron-builder.yml', ...options], 'inherit').status ?? 1,
)

function requireElectron() {
  const installed = node(['node_modules/electron/install.js'], ['ignore', 'inherit', 'pipe'])
  if (installed.status === 0) return
  const why = installed.stderr.split('\n').find((line) => /cause|ENOTFOUND|Error/.test(line)) ?? ''
  process.stderr.write(
    `Electron's binary is not installed and could not be downloaded (${why.trim()}).\n` +
      'Connect to the internet, or set ELECTRON_MIRROR to a mirror, and run it again.\n',
  )
  process.exit(1)
}
