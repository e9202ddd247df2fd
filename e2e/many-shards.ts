import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connectToRunning } from '../src-main/commands/connect-running.ts'
import { type TestCar, testCar } from '../src-main/engine/dagstore/test-kit/test-cars.ts'

/** How many shards of each sort there are. */
export const SHARDS = { served: 220, refused: 12, garbage: 15, gone: 18 } as const
export const ALL_SHARDS = Object.values(SHARDS).reduce((sum, count) => sum + count, 0)

/** A web server with CARs, slow enough to be watched, some of which it refuses to send until it is mended. */
export interface CarServer {
  readonly url: string
  mend(): void
  /** Answers at once from now on. */
  hurry(): void
  close(): Promise<void>
}

const ANSWER_MS = 150

/** A few hundred New shards in the running engine: on a web server, in files that are no CARs, in files that are gone. */
export async function registerManyShards(
  dataDir: string,
  folder: string,
): Promise<{ server: CarServer; cars: TestCar[] }> {
  const cars = Array.from({ length: SHARDS.served + SHARDS.refused }, (_, at) => testCar(`served ${at}`, 3))
  const refused = new Set(cars.slice(SHARDS.served).map(({ key }) => key))
  const server = await serveCars(new Map(cars.map(({ key, bytes }) => [key, bytes])), refused)
  const files = join(folder, 'cars')
  mkdirSync(files)
  const garbage = Array.from({ length: SHARDS.garbage }, (_, at) => join(files, `garbage-${at}.car`))
  for (const path of garbage) writeFileSync(path, `This is ${path}, and no CAR at all.`)
  const gone = Array.from({ length: SHARDS.gone }, (_, at) => join(files, `gone-${at}.car`))
  for (const path of gone) writeFileSync(path, 'soon gone')

  const connection = await connectToRunning(dataDir)
  if (connection === null) throw new Error(`No engine listens for ${dataDir}.`)
  const { shards, settings } = connection.client
  await settings.set({ key: 'HttpMounts.MaxAttempts', value: '1' })
  const register = (key: string, url: string) => shards.register({ key, url, lazy: true })
  await Promise.all([
    ...cars.map(({ key }) => register(key, `${server.url}/${key}`)),
    ...[...garbage, ...gone].map((path) => register(path.slice(files.length + 1), pathToFileURL(path).href)),
  ])
  await connection.close()
  for (const path of gone) rmSync(path)
  return { server, cars }
}

async function serveCars(cars: ReadonlyMap<string, Uint8Array>, refused: Set<string>): Promise<CarServer> {
  let answerMs = ANSWER_MS
  const server: Server = createServer(({ method, url = '', headers }, response) => {
    const key = url.slice(1)
    const bytes = cars.get(key)
    if (bytes === undefined) return response.writeHead(404).end()
    const about = { 'accept-ranges': 'bytes', etag: `"${key.slice(-12)}"` }
    if (method === 'HEAD') return response.writeHead(200, { ...about, 'content-length': bytes.length }).end()
    if (refused.has(key)) return response.writeHead(503).end()
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
    const end = to === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1)
    const range = { ...about, 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` }
    return setTimeout(() => response.writeHead(206, range).end(bytes.subarray(Number(from), end)), answerMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mend: () => refused.clear(),
    hurry: () => {
      answerMs = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
