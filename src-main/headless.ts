import module from 'node:module'
import { fileURLToPath } from 'node:url'

/** Entry of the headless engine on plain Node: `carport serve` and nothing else. Takes serve's options. */
module.enableCompileCache?.() // what is imported before this is compiled at every start
const { runCommandLine } = await import('./commands/index.ts')
void runCommandLine(
  {
    workerUrl: new URL('./engine.worker.js', import.meta.url),
    rendererDir: fileURLToPath(new URL('../renderer/', import.meta.url)),
  },
  ['serve', ...process.argv.slice(2)],
)
