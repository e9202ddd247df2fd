import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { CONTRACT_CHANNEL, type DesktopBridge, READ_CHANNEL } from '../../src-shared/transport.ts'

/** The page says how far it has read each time it has read so much. */
const TOLD_AFTER_LENGTH = 64 * 1024
let untold = 0

/**
 * The only code that runs on both sides of the sandbox. It lends the page one string channel and the paths of dropped
 * files; the page never sees Electron.
 */
const bridge: DesktopBridge = {
  post: (message) => ipcRenderer.send(CONTRACT_CHANNEL, message),
  onMessage(listener) {
    const forward = (_event: unknown, message: string, number: number) => {
      listener(message)
      untold += message.length
      if (untold < TOLD_AFTER_LENGTH) return
      untold = 0
      ipcRenderer.send(READ_CHANNEL, number)
    }
    ipcRenderer.on(CONTRACT_CHANNEL, forward)
    return () => ipcRenderer.off(CONTRACT_CHANNEL, forward)
  },
  pathForFile: (file) => webUtils.getPathForFile(file as File),
}

contextBridge.exposeInMainWorld('carport', bridge)
