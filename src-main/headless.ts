import { fileURLToPath } from 'node:url'
import { runCommandLine } from './commands/index.ts'

/** Entry of the headless engine on plain Node: `carport serve` and nothing else. Takes serve's options. */
void runCommandLine(
  {
    workerUrl: new URL('./engine.worker.js', import.meta.url),
    rendererDir: fileURLToPath(new URL('../renderer/', import.meta.url)),
  },
  ['serve', ...process.argv.slice(2)],
)
