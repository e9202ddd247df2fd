import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, stopChromium } from './chromium.ts'

const folder = process.env.STAND_IN_APP ?? process.cwd()
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const switches = new Map<string, string>(process.argv.filter((each) => each.startsWith('--')).map(parseSwitch))

interface OpenWindow extends EventEmitter {
  /** Whether it went through. */
  close(): boolean
}

/** `app`: the life of the program, from `ready` to the last event before it ends. */
class App extends EventEmitter {
  readonly isPackaged = false
  readonly commandLine = {
    appendSwitch: (name: string, value = '') => void switches.set(name, value),
    hasSwitch: (name: string) => switches.has(name),
    getSwitchValue: (name: string) => switches.get(name) ?? '',
  }
  name: string = manifest.productName ?? manifest.name
  readonly #paths = new Map([
    ['home', homedir()],
    ['temp', tmpdir()],
    ['appData', join(homedir(), '.config')],
  ])
  readonly #windows = new Set<OpenWindow>()
  #ready: Promise<void> | null = null
  #isReady = false
  #quitting = false

  constructor() {
    super()
    this.on('browser-window-created', (_event: unknown, window: OpenWindow) => {
      this.#windows.add(window)
      window.once('closed', () => this.#windows.delete(window))
    })
  }

  getName = (): string => this.name
  getVersion = (): string => manifest.version
  getAppPath = (): string => folder
  getLocale = (): string => 'en-US'
  isReady = (): boolean => this.#isReady
  enableSandbox(): void {}
  requestSingleInstanceLock = (): boolean => true

  getPath(name: string): string {
    if (name === 'userData' && !this.#paths.has(name))
      this.#paths.set(name, mkdtempSync(join(tmpdir(), 'stand-in-user-')))
    const path = this.#paths.get(name)
    if (path === undefined) throw new Error(`Failed to get '${name}' path`)
    return path
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }

  whenReady(): Promise<void> {
    return this.#isReady ? Promise.resolve() : new Promise((resolve) => this.once('ready', () => resolve()))
  }

  /** Starts Chromium and becomes ready. Under Playwright only when the test has attached. */
  start(): Promise<void> {
    this.#ready ??= chromium().then(() => {
      this.#isReady = true
      this.emit('ready', {}, {})
    })
    return this.#ready
  }

  /** Asks everyone, as Electron does: `before-quit`, the windows, `will-quit`. Any of them can stop it. */
  quit(): void {
    if (this.#quitting) return
    if (this.#isPrevented('before-quit')) return
    for (const window of [...this.#windows]) if (!window.close()) return
    if (this.#isPrevented('will-quit')) return
    this.emit('quit', {}, 0)
    this.exit(0)
  }

  exit(code = 0): void {
    this.#quitting = true
    stopChromium()
    process.exit(code)
  }

  #isPrevented(event: string): boolean {
    let prevented = false
    this.emit(event, { preventDefault: () => (prevented = true) })
    return prevented
  }
}

export const app = new App()

process.on('SIGINT', () => app.quit())
process.on('SIGTERM', () => app.quit())
const startOrEnd = () =>
  app.start().catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    app.exit(1)
  })
if (process.execArgv.some((each) => each.startsWith('--inspect'))) {
  // Playwright connects first, then calls this; it needs the DevTools line before.
  void chromium().catch(() => app.exit(1))
  Object.assign(globalThis, { __playwright_run: startOrEnd })
} else {
  setImmediate(startOrEnd)
}

function parseSwitch(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.slice(2), ''] : [text.slice(2, at), text.slice(at + 1)]
}
