// Where Chromium or Chrome is on this machine, and how tests start it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge',
  'brave-browser',
]
const PLACES = {
  linux: ['/snap/bin/chromium', '/opt/google/chrome/chrome'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

/** For tests: no sandbox (containers run as root), nothing that calls home, colours as they are written, and a mouse. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4',
]

/**
 * `$CARPORT_BROWSER`, or the first that is found.
 * @returns {string | null}
 */
export function findBrowser() {
  const { CARPORT_BROWSER, PATH = '' } = process.env
  if (CARPORT_BROWSER) return CARPORT_BROWSER
  const onPath = NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)))
  return [...onPath, ...(PLACES[process.platform] ?? [])].find((path) => existsSync(path)) ?? null
}

/**
 * The browser that the tests need, installed where that can be done without asking: with apt-get on Debian and Ubuntu
 * as root, else by Playwright into its own cache.
 * @returns {Promise<string>} Fails where there is none, and says what to do.
 */
export async function requireBrowser() {
  const found = findBrowser()
  if (found !== null) return found
  process.stderr.write('Installing Chromium for the end-to-end tests …\n')
  if (isDebian() && process.getuid?.() === 0) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'])
  }
  const installed = findBrowser() ?? (await playwrightsOwn())
  if (installed === null) throw new Error(`The end-to-end tests need Chromium or Chrome. ${howToInstall()}`)
  return installed
}

async function playwrightsOwn() {
  const { chromium } = await import('playwright-core')
  const cli = fileURLToPath(new URL('../node_modules/playwright-core/cli.js', import.meta.url))
  if (!existsSync(chromium.executablePath())) run(process.execPath, [cli, 'install', 'chromium', '--no-shell'])
  if (!existsSync(chromium.executablePath())) return null
  process.env.CARPORT_BROWSER = chromium.executablePath()
  return chromium.executablePath()
}

function howToInstall() {
  if (isDebian()) return 'Install it with: sudo apt-get install chromium'
  if (process.platform === 'darwin') return 'Install it with: brew install --cask chromium'
  return 'Install it, or say where it is in CARPORT_BROWSER.'
}

function isDebian() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function run(command, args) {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
