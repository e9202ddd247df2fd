import { type LogLevel, parseListenAddress } from '../engine/index.ts'
import { type HostPaths, openEngine } from '../host/index.ts'
import { type RunningServer, startServer } from './server.ts'

export interface HeadlessOptions {
  paths: HostPaths
  dataDir: string
  /** Over the settings' API.ListenAddress. */
  host?: string
  port?: number
  /** The least level of the log that is shown on stderr. */
  stderrLevel?: LogLevel
  environment?: NodeJS.ProcessEnv
}

/** An engine without a desktop window, and the server that shows it in a browser. */
export async function startHeadless(options: HeadlessOptions): Promise<RunningServer> {
  const { paths, dataDir, host, port, stderrLevel, environment } = options
  const { workerUrl } = paths
  const hosted = await openEngine({ dataDir, workerUrl, host: 'headless', stderrLevel, environment })
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
