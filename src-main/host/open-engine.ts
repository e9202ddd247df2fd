import { mkdir } from 'node:fs/promises'
import { createEngine, type Engine, type Logger, type LogLevel } from '../engine/index.ts'
import { createRouter, type HostAbilities, type Router } from '../router/index.ts'
import { openLogOutput } from './log-output.ts'
import { reportCrash } from './report-crash.ts'
import { trimHeapAtRest } from './trim-heap.ts'

/** Where the built program's own files are. Known to the entries only: they lie beside them. */
export interface HostPaths {
  /** The entry of the engine's worker threads. */
  workerUrl: URL
  /** Folder of the built renderer. */
  rendererDir: string
}

export interface OpenEngineOptions {
  dataDir: string
  workerUrl: URL
  host: 'desktop' | 'headless' | 'command-line'
  /** The least level shown on stderr; default: all that the settings let through. null: nothing. */
  stderrLevel?: LogLevel | null
  abilities?: HostAbilities
  environment?: NodeJS.ProcessEnv
}

export interface HostedEngine {
  engine: Engine
  router: Router
  log: Logger
  stop(): Promise<void>
}

/** Opens a data directory, made if it is not there, with a started engine. LOCKED or REPO_IN_USE when another has it. */
export async function openEngine(options: OpenEngineOptions): Promise<HostedEngine> {
  const { dataDir, workerUrl, host, stderrLevel = 'debug', environment = process.env } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const output = openLogOutput({ dataDir, level: 'info', stderrLevel })
  const stopWatching = reportCrash(output.logger)
  const close = () => {
    stopWatching()
    output.close()
  }
  try {
    const engine = await createEngine({ dataDir, workerUrl, host, log: output.logger, environment })
    const applyLevel = () => output.setLevel(engine.config.values.Log.Level as LogLevel)
    applyLevel()
    engine.config.changes.listen(applyLevel)
    await startOrStop(engine)
    const stopTrimming = host === 'command-line' ? () => {} : trimHeapAtRest()
    return {
      engine,
      router: createRouter(engine, options.abilities),
      log: output.logger,
      async stop() {
        stopTrimming()
        await engine.stop()
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

/** An engine that cannot start must not keep the data directory. */
async function startOrStop(engine: Engine): Promise<void> {
  try {
    await engine.start()
  } catch (error) {
    await engine.stop()
    throw error
  }
}
