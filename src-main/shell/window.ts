import { BrowserWindow, nativeTheme, shell } from 'electron'
import { isOwnPage } from './own-page.ts'
import { keepWindowState, readWindowState } from './window-state.ts'

export interface WindowOptions {
  preloadPath: string
  /** Where size and place are kept between runs. */
  stateFile: string
}

/** The one window. Its page is sandboxed, cannot leave, and cannot open others. */
export function openWindow({ preloadPath, stateFile }: WindowOptions): BrowserWindow {
  const state = readWindowState(stateFile)
  const window = new BrowserWindow({
    ...state.bounds,
    minWidth: 720,
    minHeight: 480,
    title: 'Carport',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#101214' : '#ffffff',
    webPreferences: {
      preload: preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (state.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  keepWindowState(window, stateFile)
  confine(window)
  return window
}

function confine({ webContents }: BrowserWindow): void {
  webContents.on('will-navigate', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault()
  })
  webContents.on('will-attach-webview', (event) => event.preventDefault())
  webContents.setWindowOpenHandler(({ url }) => {
    // Links to documentation open in the user's own browser.
    if (url.startsWith('https://')) void shell.openExternal(url)
    return { action: 'deny' }
  })
}
