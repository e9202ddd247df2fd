import { parseListenAddress } from '../engine/index.ts'
import { type HostPaths, openEngine } from '../host/index.ts'
import { type RunningServer, startServer } from './server.ts'

export interface HeadlessOptions {
  paths: HostPaths
  dataDir: string
  /** Over the settings' API.ListenAddress. */
  host?: string
  port?: number
}

/** An engine without a desktop window, and the server that shows it in a browser. */
export async function startHeadless({ paths, dataDir, host, port }: HeadlessOptions): Promise<RunningServer> {
  const hosted = await openEngine({ dataDir, workerUrl: paths.workerUrl, host: 'headless' })
  try {
    const configured = parseListenAddress(hosted.engine.config.values.API.ListenAddress)
    const listen = { host: host ?? configured.host, port: port ?? configured.port }
    const server = await startServer({ hosted, dataDir, rendererDir: paths.rendererDir, listen })
    return {
      ...server,
      async stop() {
        await server.stop()
        await hosted.stop()
      },
    }
  } catch (error) {
    await hosted.stop()
    throw error
  }
}
