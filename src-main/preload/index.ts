import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { CONTRACT_CHANNEL, type DesktopBridge } from '../../src-shared/transport.ts'

/**
 * The only code that runs on both sides of the sandbox. It lends the page one string channel and the paths of dropped
 * files; the page never sees Electron.
 */
const bridge: DesktopBridge = {
  post: (message) => ipcRenderer.send(CONTRACT_CHANNEL, message),
  onMessage(listener) {
    const forward = (_event: unknown, message: string) => listener(message)
    ipcRenderer.on(CONTRACT_CHANNEL, forward)
    return () => ipcRenderer.off(CONTRACT_CHANNEL, forward)
  },
  pathForFile: (file) => webUtils.getPathForFile(file as File),
}

contextBridge.exposeInMainWorld('carport', bridge)
