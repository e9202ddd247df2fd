import { fileURLToPath } from 'node:url'
import { runCommandLine } from './commands/index.ts'

/** Entry of the command line, `carport`. */
void runCommandLine({
  workerUrl: new URL('./engine.worker.js', import.meta.url),
  rendererDir: fileURLToPath(new URL('../renderer/', import.meta.url)),
})
