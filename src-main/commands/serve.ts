import { InvalidArgumentError } from 'commander'
import type { Verbs } from './verbs.ts'

interface Options {
  host?: string
  port?: number
}

export const serve = (verbs: Verbs) =>
  verbs
    .verb('serve', 'run the engine without a desktop window; prints the link into the window for a browser')
    .option('--host <address>', 'address to listen on (default: API.ListenAddress of the settings, 127.0.0.1)')
    .option('--port <n>', 'port to listen on; 0: any free one', portNumber)
    .action(
      verbs.run(async (run, { host, port }: Options) => {
        const { startHeadless } = await import('../server/index.ts')
        const headless = await startHeadless({
          ...{ paths: run.paths, dataDir: run.dataDir, host, port },
          stderrLevel: run.output.quiet ? 'warn' : 'debug',
          environment: run.environment,
        })
        const url = headless.newTicketUrl()
        await run.output.result({ url, dataDir: run.dataDir }, () => url)
        await interrupted(run.signal)
        await headless.stop()
      }),
    )

/** To be stopped is how a server ends: no failure. */
function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return port
}
