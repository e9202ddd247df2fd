import { fileURLToPath } from 'node:url'
import { runDesktop } from './shell/index.ts'

/** Entry of the desktop app, run by Electron. */
runDesktop({
  workerUrl: new URL('./engine.worker.js', import.meta.url),
  rendererDir: fileURLToPath(new URL('../renderer/', import.meta.url)),
  preloadPath: fileURLToPath(new URL('../preload/index.cjs', import.meta.url)),
})
