import { createRouterClient } from '@orpc/server'
import { type Engine, parseCid } from '../engine/index.ts'
import { openEngine } from '../host/index.ts'
import type { Client, Connection, ConnectOptions, FileRange } from './connection.ts'
import type { NodePath } from './node-path.ts'

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
    readFile: (node, range, signal) => readHere(hosted.engine, node, range, signal),
    remote: false,
    lost: false,
    async close() {
      disconnected.abort()
      await hosted.stop()
    },
  }
}

async function* readHere(
  { dags }: Engine,
  { root, path }: NodePath,
  { start, end }: FileRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await dags.openFile({ root: parseCid(root), path }, { signal })
  try {
    const until = Math.min(end ?? file.sizeBytes, file.sizeBytes)
    if (start < until) yield* file.read({ start, end: until }, { signal })
  } finally {
    await file.release()
  }
}
