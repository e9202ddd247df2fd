import { existsSync, readFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Finding, note, ok, problem } from './finding.ts'

const LEAST_NODE = [20, 19] as const
/** LevelDB, shards held open, transfers: what a busy provider has open at once. */
const OPEN_FILES = 4096

/** The machine and the program themselves, whatever the data directory is. */
export async function checkMachine(): Promise<Finding[]> {
  return [checkNode(), ...checkOpenFiles(), await checkTemporaryFolder(), await checkWindow()]
}

function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const least = LEAST_NODE.join('.')
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]))
    return ok('node', `Node ${version} runs Carport.`)
  return problem('node', `Node ${version} is older than ${least}.`, `Install Node ${least} or newer.`)
}

/** Where the system tells. */
function checkOpenFiles(): Finding[] {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    if (line === null) return []
    const limit = line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line[1])
    if (limit >= OPEN_FILES) return [ok('open-files', `${line[1]} files may be open at once.`)]
    return [
      note(
        'open-files',
        `Only ${limit} files may be open at once: many readers of shards may fail.`,
        `Raise the limit of your user: "ulimit -n ${OPEN_FILES}" before the start, or LimitNOFILE= of its service.`,
      ),
    ]
  } catch {
    return []
  }
}

async function checkTemporaryFolder(): Promise<Finding> {
  try {
    await access(tmpdir(), constants.W_OK | constants.X_OK)
    return ok('temporary-folder', `${tmpdir()} can be written to.`)
  } catch {
    return problem(
      'temporary-folder',
      `${tmpdir()} cannot be written to: CARs cannot be generated.`,
      'Set TMPDIR to a folder that your user can write to.',
    )
  }
}

/** What shows the window: Electron, or a browser. */
async function checkWindow(): Promise<Finding> {
  const { findBrowser } = await import('../../../scripts/browser.mjs')
  const browser = findBrowser()
  const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  const electron = electronBinary()
  if (electron !== null && hasDisplay) return ok('window', `Electron is at ${electron}.`)
  if (browser !== null)
    return ok('window', `The window opens in ${browser}${electron === null ? ': Electron is not installed' : ''}.`)
  return note(
    'window',
    'Neither Electron nor Chromium nor Chrome was found on this machine.',
    'Open the link that "carport serve" prints in any browser, or install Chromium. The command line needs neither.',
  )
}

function electronBinary(): string | null {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  // From out/main of the built program, and from src-main/commands/doctor of a checkout.
  for (const above of ['../..', '../../..']) {
    const folder = join(dirname(fileURLToPath(import.meta.url)), above, 'node_modules/electron')
    const nameFile = join(folder, 'path.txt')
    const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8') : 'electron'
    const path = join(override ?? join(folder, 'dist'), name)
    if (existsSync(path)) return path
  }
  return null
}
