import { join } from 'node:path'
import { app, type BrowserWindow, dialog } from 'electron'
import { EngineError, parseListenAddress } from '../engine/index.ts'
import { dataDirectory, type HostedEngine, type HostPaths, openEngine } from '../host/index.ts'
import { type RunningServer, startServer } from '../server/index.ts'
import { serveRenderer } from './app-protocol.ts'
import { answerContract } from './contract-ipc.ts'
import { dialogAbilities } from './dialogs.ts'
import { installMenu } from './menu.ts'
import { APP_ORIGIN } from './own-page.ts'
import { denyPermissions } from './permissions.ts'
import { openWindow } from './window.ts'

export interface DesktopPaths extends HostPaths {
  preloadPath: string
}

interface RunningDesktop {
  hosted: HostedEngine
  server: RunningServer
  window: BrowserWindow | null
}

/** How long the engine may take to stop before the process ends all the same; what runs can go on at the next start. */
const STOP_TIMEOUT_MS = 10_000

/** Starts the desktop app. One data directory has one window: a second start shows the first. */
export function runDesktop(paths: DesktopPaths): void {
  const dataDir = dataDirectory(app.commandLine.getSwitchValue('repo'))
  // Chromium's own files lie with the data, so that two data directories are two independent Carports.
  app.setPath('userData', join(dataDir, 'desktop'))
  app.enableSandbox()
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  let running: RunningDesktop | null = null
  app.on('second-instance', () => showWindow(running?.window ?? null))
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  stopBeforeQuit(() => running)
  void app
    .whenReady()
    .then(async () => {
      running = await start(paths, dataDir)
      app.on('activate', () => {
        if (running !== null && running.window === null) void show(paths, dataDir, running)
      })
    })
    .catch((error: unknown) => {
      dialog.showErrorBox('Carport cannot start', startFailure(error, dataDir))
      app.exit(1)
    })
}

async function start(paths: DesktopPaths, dataDir: string): Promise<RunningDesktop> {
  denyPermissions()
  serveRenderer(paths.rendererDir)
  installMenu()
  const abilities = dialogAbilities()
  const hosted = await openEngine({ dataDir, workerUrl: paths.workerUrl, host: 'desktop', abilities })
  const listen = parseListenAddress(hosted.engine.config.values.API.ListenAddress)
  // For the command line, which talks to the engine that owns the data directory.
  const server = await startServer({ hosted, dataDir, rendererDir: paths.rendererDir, listen })
  const running: RunningDesktop = { hosted, server, window: null }
  await show(paths, dataDir, running)
  return running
}

async function show(paths: DesktopPaths, dataDir: string, running: RunningDesktop): Promise<void> {
  const window = openWindow({ preloadPath: paths.preloadPath, stateFile: join(dataDir, 'desktop', 'window.json') })
  running.window = window
  window.once('closed', () => {
    running.window = null
  })
  answerContract(window, running.hosted.router)
  await window.loadURL(`${APP_ORIGIN}/`)
}

function showWindow(window: BrowserWindow | null): void {
  if (window?.isMinimized() === true) window.restore()
  window?.show()
  window?.focus()
}

/** Electron does not wait for promises: quitting is held up until the engine has stopped, then goes on. */
function stopBeforeQuit(current: () => RunningDesktop | null): void {
  let stopped = false
  let stopping = false
  app.on('will-quit', (event) => {
    const running = current()
    if (stopped || running === null) return
    event.preventDefault()
    if (stopping) return
    stopping = true
    const timeout = new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS))
    void Promise.race([stop(running), timeout]).finally(() => {
      stopped = true
      app.quit()
    })
  })
}

async function stop({ hosted, server }: RunningDesktop): Promise<void> {
  try {
    await server.stop()
    await hosted.stop()
  } catch (error) {
    hosted.log.error('The engine did not stop cleanly', { error: EngineError.from(error).message })
  }
}

function startFailure(error: unknown, dataDir: string): string {
  const { code, message } = EngineError.from(error)
  if (code !== 'REPO_IN_USE' && code !== 'LOCKED') return message
  return `Another Carport works on ${dataDir}, perhaps "carport serve". Stop it, or run "carport url" and open its window in a browser.\n\n${message}`
}
