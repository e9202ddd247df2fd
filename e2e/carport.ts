import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { _electron, test as base, chromium, type ElectronApplication, type Page } from '@playwright/test'
import { CHROMIUM_FLAGS, findBrowser } from '../scripts/browser.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A Carport with a data directory of its own, which can be quit and started again. */
export interface Carport {
  readonly dataDir: string
  /** A folder for the test's own files. */
  readonly folder: string
  /** Whether dropped files have paths: in the desktop app. */
  readonly hasPaths: boolean
  start(): Promise<Page>
  /** To the engine's own process; in the desktop app the window goes with it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Kills the engine's own process and starts another; windows stay open. */
  killAndRestart(): Promise<void>
  quit(): Promise<void>
}

/** `carport` starts nothing by itself; what it started is ended after the test. */
export const test = base.extend<{ carport: Carport }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here
  carport: async ({}, use, info) => {
    const home = mkdtempSync(join(tmpdir(), 'carport-e2e-'))
    const dirs = { dataDir: join(home, 'data'), folder: home }
    const carport = info.project.name === 'desktop' ? new DesktopCarport(dirs) : new BrowserCarport(dirs)
    await use(carport)
    await carport.quit()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  },
})
export { expect } from '@playwright/test'

interface Folders {
  dataDir: string
  folder: string
}

class DesktopCarport implements Carport {
  readonly dataDir: string
  readonly folder: string
  readonly hasPaths = true
  #app: ElectronApplication | null = null

  constructor({ dataDir, folder }: Folders) {
    this.dataDir = dataDir
    this.folder = folder
  }

  async start(): Promise<Page> {
    const executablePath = electronBinary() ?? join(root, 'e2e', 'electron-stand-in', 'electron')
    const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    // What a killed Chromium leaves in the folder for temporary files goes with the folder of the test.
    const env = { ...(process.env as Record<string, string>), CARPORT_PATH: this.dataDir, TMPDIR: this.folder }
    this.#app = await _electron.launch({ executablePath, args: [root, ...noSandbox], env, cwd: root })
    const page = await this.#app.firstWindow()
    await page.waitForURL(({ href }) => href !== 'about:blank')
    return page
  }

  signal(): never {
    throw new Error('The desktop app has no engine process of its own.')
  }

  async killAndRestart(): Promise<void> {
    this.signal()
  }

  async quit(): Promise<void> {
    await this.#app?.close()
    this.#app = null
  }
}

class BrowserCarport implements Carport {
  readonly dataDir: string
  readonly folder: string
  readonly hasPaths = false
  #host: ChildProcess | null = null
  #close: () => Promise<void> = async () => undefined

  constructor({ dataDir, folder }: Folders) {
    this.dataDir = dataDir
    this.folder = folder
  }

  async start(): Promise<Page> {
    const url = await this.#startHost()
    const browser = await chromium.launch({
      executablePath: findBrowser() ?? undefined,
      args: CHROMIUM_FLAGS,
      // Where no locale is set Chromium takes no path with other letters than ASCII, such as that of the checkout.
      env: { ...(process.env as Record<string, string>), LC_ALL: 'C.UTF-8' },
    })
    this.#close = () => browser.close()
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#host?.kill(name)
  }

  async killAndRestart(): Promise<void> {
    const ended = new Promise((resolve) => this.#host?.once('exit', resolve))
    this.#host?.kill('SIGKILL')
    await ended
    await this.#startHost()
  }

  async quit(): Promise<void> {
    await this.#close()
    this.#close = async () => undefined
    const host = this.#host
    this.#host = null
    if (host === null || host.exitCode !== null) return
    const ended = new Promise((resolve) => host.once('exit', resolve))
    host.kill('SIGTERM')
    await ended
  }

  async #startHost(): Promise<string> {
    const env = { ...process.env, CARPORT_PATH: this.dataDir }
    const host = spawn(process.execPath, [join(root, 'out', 'main', 'headless.js')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#host = host
    let log = ''
    host.stderr.on('data', (text: Buffer) => {
      log = (log + text.toString()).slice(-4000)
    })
    return new Promise((resolve, reject) => {
      createInterface(host.stdout).once('line', resolve)
      host.once('exit', (code) => reject(new Error(`The headless engine ended with ${code}: ${log}`)))
    })
  }
}

/** The installed Electron, or null. Does not `require('electron')`, which would download. */
function electronBinary(): string | null {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const nameFile = join(folder, 'path.txt')
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8') : 'electron'
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), name)
  return existsSync(path) ? path : null
}
