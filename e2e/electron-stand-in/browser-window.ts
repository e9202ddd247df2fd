import { EventEmitter } from 'node:events'
import { app } from './app.ts'
import { WebContents } from './web-contents.ts'

interface WindowOptions {
  width?: number
  height?: number
  x?: number
  y?: number
  title?: string
  show?: boolean
  webPreferences?: { preload?: string }
}

const windows = new Set<BrowserWindow>()

/** `BrowserWindow`: a page of the headless Chromium. Showing, moving and maximising are only remembered. */
export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => [...windows]
  static getFocusedWindow = (): BrowserWindow | null => this.getAllWindows()[0] ?? null
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    this.getAllWindows().find((window) => window.webContents === contents) ?? null

  readonly webContents: WebContents
  readonly id: number
  #bounds: { x: number; y: number; width: number; height: number }
  #title: string
  #visible: boolean
  #maximized = false
  #destroyed = false

  constructor(options: WindowOptions = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const { x = 0, y = 0, width = 800, height = 600 } = options
    this.#bounds = { x, y, width, height }
    this.#title = options.title ?? app.name
    this.#visible = options.show !== false
    this.webContents = new WebContents({ width, height, preload: options.webPreferences?.preload })
    this.id = this.webContents.id
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show', {}))
    this.webContents.once('destroyed', () => this.#end())
    windows.add(this)
    app.emit('browser-window-created', {}, this)
  }

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url)
  isDestroyed = (): boolean => this.#destroyed
  isVisible = (): boolean => this.#visible
  isMinimized = (): boolean => false
  isMaximized = (): boolean => this.#maximized
  isFocused = (): boolean => true
  getTitle = (): string => this.#title
  getBounds = () => this.#bounds
  getNormalBounds = () => this.#bounds
  focus(): void {}
  restore(): void {}

  setTitle(title: string): void {
    this.#title = title
  }

  setBounds(bounds: Partial<typeof this.getBounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
  }

  maximize(): void {
    this.#maximized = true
  }

  show(): void {
    this.#visible = true
    this.emit('show')
  }

  hide(): void {
    this.#visible = false
    this.emit('hide')
  }

  /** Whether it went through: a listener may prevent it. */
  close(): boolean {
    let prevented = false
    this.emit('close', { preventDefault: () => (prevented = true) })
    if (!prevented) this.destroy()
    return !prevented
  }

  destroy(): void {
    this.webContents.destroy()
  }

  #end(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    windows.delete(this)
    this.emit('closed', {})
    if (windows.size > 0) return
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
    else app.quit()
  }
}
