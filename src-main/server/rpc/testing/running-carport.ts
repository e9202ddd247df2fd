import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { fixture } from '../../../engine/testing/fixtures.ts'
import { ApiTokens, type HostedEngine, openEngine, type Permission, permissionsUpTo } from '../../../host/index.ts'
import { type RunningServer, startServer } from '../../index.ts'
import { expectAsDocumented } from './documented-method.ts'
import { RpcSocket } from './rpc-socket.ts'

/** CARs of different size that become pieces. */
export const PIECE_FILES = ['rw-v1.car', 'wrap-v1.car', 'rw-basic.car']

/** A whole Carport in a temporary folder: engine and server, with three pieces and no shards. */
export class RunningCarport {
  readonly home: string
  readonly hosted: HostedEngine
  readonly server: RunningServer
  readonly pieces: string[] = []

  private constructor(home: string, hosted: HostedEngine, server: RunningServer) {
    this.home = home
    this.hosted = hosted
    this.server = server
  }

  static async start(): Promise<RunningCarport> {
    const home = await mkdtemp(join(tmpdir(), 'carport-rpc-'))
    const workerUrl = new URL('../../../engine/workers/engine.worker.ts', import.meta.url)
    const hosted = await openEngine({ dataDir: home, workerUrl, host: 'headless', stderrLevel: null, environment: {} })
    const listen = { host: '127.0.0.1', port: 0 }
    const server = await startServer({ hosted, dataDir: home, rendererDir: join(home, 'renderer'), listen })
    const carport = new RunningCarport(home, hosted, server)
    for (const name of PIECE_FILES)
      carport.pieces.push((await hosted.engine.pieces.add(fixture(`car/generated/${name}`))).pieceCid)
    carport.pieces.sort()
    return carport
  }

  get engine() {
    return this.hosted.engine
  }

  get url(): string {
    return `${this.server.url}/rpc/v0`
  }

  ownToken(): Promise<string> {
    return readFile(join(this.home, 'token'), 'utf8')
  }

  async token(permission: Permission): Promise<string> {
    return (await ApiTokens.open(this.home)).create(permissionsUpTo(permission))
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await this.hosted.stop()
    await rm(this.home, { recursive: true, force: true })
  }

  /** POSTs a body as it is. */
  async post(body: string, token: string | null, path = ''): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(this.url + path, { method: 'POST', headers, body })
    return { status: response.status, text: await response.text() }
  }

  /** Calls a method over HTTP and gives its answer, which must be as the OpenRPC document says. */
  async call(method: string, params: unknown[], token: string) {
    const { text } = await this.post(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: `Filecoin.${method}`, params }),
      token,
    )
    const answer = JSON.parse(text) as { id: number; result?: unknown; error?: { code: number; message: string } }
    if (answer.error === undefined) expectAsDocumented(method, params, answer.result)
    return answer
  }

  async connect(token: string | null, query = ''): Promise<RpcSocket> {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(this.url.replace('http', 'ws') + query, { headers })
    await new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return new RpcSocket(socket)
  }
}
