import { createRouterClient } from '@orpc/server'
import { openEngine } from '../host/index.ts'
import type { Client, Connection, ConnectOptions } from './connection.ts'

/** An engine in this process, for as long as one verb takes. */
export async function openDirectory(options: ConnectOptions): Promise<Connection> {
  const { dataDir, paths, verbose, environment } = options
  const hosted = await openEngine({
    dataDir,
    workerUrl: paths.workerUrl,
    host: 'command-line',
    stderrLevel: verbose ? 'debug' : 'error',
    environment,
  })
  const disconnected = new AbortController()
  return {
    client: createRouterClient(hosted.router, { context: { disconnected: disconnected.signal } }) as Client,
    remote: false,
    lost: false,
    async close() {
      disconnected.abort()
      await hosted.stop()
    },
  }
}
