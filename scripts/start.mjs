// `npm start`: builds what is outdated, then opens Carport: in Electron where its binary is or can be had, otherwise the
// same engine headless, with its window in the browser. Options are handed on (`npm start -- --repo DIR`).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './browser.mjs'
import { build, isOutdated } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const electronFolder = join(root, 'node_modules', 'electron')
/** For the whole download, about 120 MB. */
const DOWNLOAD_TIMEOUT_MS = 180_000
const options = process.argv.slice(2)

if (isOutdated() && !(await build())) process.exit(1)
const electron = hasDisplay() ? (electronBinary() ?? downloadElectron()) : null
if (electron !== null) {
  openDesktop(electron)
} else {
  say(
    hasDisplay()
      ? 'Electron is not installed and could not be downloaded: Carport opens in the browser instead.'
      : 'There is no display for a desktop window: Carport is served to a browser instead.',
  )
  openHeadless()
}

/** null where it is not installed. Does not `require('electron')`, which would download. */
function electronBinary() {
  const { ELECTRON_OVERRIDE_DIST_PATH } = process.env
  const nameFile = join(electronFolder, 'path.txt')
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8') : 'electron'
  const path = join(ELECTRON_OVERRIDE_DIST_PATH || join(electronFolder, 'dist'), name)
  return existsSync(path) ? path : null
}

function downloadElectron() {
  say('Downloading Electron, this is done once …')
  const installer = join(electronFolder, 'install.js')
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: DOWNLOAD_TIMEOUT_MS })
  return electronBinary()
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function isRoot() {
  return process.platform === 'linux' && process.getuid?.() === 0
}

/** Chromium's sandbox does not run for root. */
function openDesktop(binary) {
  const child = spawn(binary, [...(isRoot() ? ['--no-sandbox'] : []), root, ...desktopOptions()], { stdio: 'inherit' })
  child.on('exit', (code) => process.exit(code ?? 1))
  forwardSignals(child)
}

/** Chromium knows switches in one word only: `--repo DIR` becomes `--repo=DIR`. */
function desktopOptions() {
  const at = options.indexOf('--repo')
  return at < 0 ? options : [...options.slice(0, at), `--repo=${options[at + 1]}`, ...options.slice(at + 2)]
}

function openHeadless() {
  const entry = join(root, 'out', 'main', 'headless.js')
  const child = spawn(process.execPath, [entry, '--json', '--quiet', ...options], {
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  child.stdout.once('data', (line) => void showInBrowser(JSON.parse(String(line))))
  child.on('exit', (code) => process.exit(code ?? 1))
  forwardSignals(child)
}

/** Opens a browser's window where there is one, and prints a link for another: links are good for one browser each. */
async function showInBrowser({ url, dataDir }) {
  const browser = hasDisplay() && !isRoot() ? findBrowser() : null
  if (browser !== null) {
    const window = spawn(browser, [`--app=${await anotherLink(url, dataDir)}`], { stdio: 'ignore', detached: true })
    window.on('error', () => undefined)
    window.unref()
  }
  say(
    browser === null
      ? 'Open this link in a browser. It is good for one; "carport url" gives another.'
      : 'Carport is open. A link for another browser:',
  )
  process.stdout.write(`${url}\n`)
}

async function anotherLink(url, dataDir) {
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
  const response = await fetch(new URL('/ticket', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  return (await response.json()).url
}

/** Ctrl-C reaches the child by itself on a terminal; it is given the time to stop. */
function forwardSignals(child) {
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
