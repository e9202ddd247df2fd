import { EventEmitter } from 'node:events'

/** What vitest gives for `import 'electron'`: enough to see what the shell asks of it. Never part of the product. */

class FakeContents extends EventEmitter {
  readonly mainFrame = { url: 'app://carport/' }
  readonly sent: unknown[] = []
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  isDestroyed = () => false
  setWindowOpenHandler(handler: typeof this.openHandler): void {
    this.openHandler = handler
  }
  send(_channel: string, message: unknown, number: number): void {
    this.sent.push(message)
    this.emit('sent', message, number)
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new FakeContents()
  readonly options: Record<string, unknown>
  maximized = false
  bounds = { x: 10, y: 20, width: 900, height: 700 }

  constructor(options: Record<string, unknown>) {
    super()
    this.options = options
  }

  maximize(): void {
    this.maximized = true
  }
  isMaximized = () => this.maximized
  getNormalBounds = () => this.bounds
  show(): void {}
}

export const ipcMain = new EventEmitter()
export const nativeTheme = { shouldUseDarkColors: false }
export const opened: string[] = []
export const shell = { openExternal: async (url: string) => void opened.push(url) }
export const screen = { getAllDisplays: () => [{ bounds: { x: 0, y: 0, width: 1920, height: 1080 } }] }
export const protocol = { registerSchemesAsPrivileged() {}, handle() {} }

type Check = (contents: unknown, permission: string, answer?: (allowed: boolean) => void) => boolean
export const permissions: { request?: Check; check?: Check } = {}
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (request: Check) => Object.assign(permissions, { request }),
    setPermissionCheckHandler: (check: Check) => Object.assign(permissions, { check }),
  },
}
