import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BulkRunView } from '../../src-shared/contract/index.ts'
import { fixture } from '../engine/testing/fixtures.ts'
import { type LoopbackServer, loopbackServer, serveRange } from '../engine/testing/loopback-server.ts'
import { type HostedEngine, openEngine } from './index.ts'

/** Settings and pauses take effect on work over many shards while it runs: seen from outside, by what a server is asked. */

const SHARDS = 12
const pieceCid = (at: number) => CID.createV1(0xf101, Digest.create(0x1012, new Uint8Array(32).fill(at + 1))).toString()

let folder: string
let hosted: HostedEngine
let server: LoopbackServer
let client: ReturnType<typeof clientOf>
/** The method whose answers are held back. */
let holds: 'GET' | 'HEAD' | null
let held: Array<() => void>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-live-'))
  const car = await readFile(fixture('car/generated/rw-v1.car'))
  holds = null
  held = []
  server = await loopbackServer((request, response: ServerResponse) => {
    if (request.url === '/turn') return void response.end()
    const headers = { etag: '"1"', 'accept-ranges': 'bytes' }
    const answer = () => {
      if (request.method === 'HEAD') response.writeHead(200, { ...headers, 'content-length': car.length }).end()
      else serveRange(car, request, response, headers)
    }
    if (request.method === holds) held.push(answer)
    else answer()
  })
  const workerUrl = new URL('../engine/workers/engine.worker.ts', import.meta.url)
  hosted = await openEngine({ dataDir: folder, workerUrl, host: 'headless', stderrLevel: null, environment: {} })
  client = clientOf(hosted)
})
afterEach(async () => {
  letAllGo()
  await hosted.stop()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function clientOf({ router }: HostedEngine) {
  return createRouterClient(router, { context: { disconnected: new AbortController().signal } })
}

const set = (key: string, value: string) => client.settings.set({ key, value })

async function register(urlOf: (at: number) => { key: string; url: string | null }): Promise<void> {
  for (let at = 0; at < SHARDS; at++) await client.shards.register({ ...urlOf(at), lazy: true })
}

const onTheWeb = (at: number) => ({ key: `shard ${at}`, url: `${server.url}/${at}.car` })

async function begin(concurrency = 0, held: 'GET' | 'HEAD' = 'GET'): Promise<string> {
  for await (const step of await client.bulk.plan({ verb: 'initialize', selection: { kind: 'all' } }))
    if (step.type === 'plan') {
      expect(step.plan.wanted).toBe(SHARDS)
      holds = held
      return (await client.bulk.start({ planId: step.plan.planId, concurrency })).id
    }
  throw new Error('There was no plan.')
}

const viewOf = async (id: string): Promise<BulkRunView | undefined> =>
  (await client.bulk.list()).find((run) => run.id === id)

/** So many requests wait for their answer, and no more come. */
async function waiting(count: number): Promise<void> {
  await expect.poll(() => held.length, { timeout: 20_000, interval: 5 }).toBe(count)
  for (let turn = 0; turn < 5; turn++) await fetch(`${server.url}/turn`)
  expect(held.length).toBe(count)
}

function letGo(count: number): void {
  for (const answer of held.splice(0, count)) answer()
}

function letAllGo(): void {
  holds = null
  letGo(held.length)
}

async function succeeded(id: string, count: number): Promise<void> {
  await expect.poll(async () => (await viewOf(id))?.succeeded, { timeout: 20_000 }).toBe(count)
}

async function ended(id: string): Promise<void> {
  letAllGo()
  await expect.poll(async () => (await viewOf(id))?.state, { timeout: 30_000 }).toBe('done')
  expect(await viewOf(id)).toMatchObject({ succeeded: SHARDS, failed: 0 })
}

describe('a setting that is changed while many shards are initialized', () => {
  it('more, and fewer, are indexed at once', { timeout: 60_000 }, async () => {
    await set('DAGStore.MaxConcurrentIndex', '2')
    await register(onTheWeb)
    const id = await begin()
    await waiting(2)
    await set('DAGStore.MaxConcurrentIndex', '5')
    await waiting(5)
    await set('DAGStore.MaxConcurrentIndex', '1')
    letGo(4)
    await waiting(1)
    letGo(1)
    await waiting(1)
    await set('DAGStore.MaxConcurrentIndex', '3')
    await waiting(3)
    await ended(id)
  })

  it('more, and fewer, are fetched at once', { timeout: 60_000 }, async () => {
    await set('HttpMounts.Copy', 'true')
    await set('DAGStore.MaxConcurrentIndex', '0')
    await set('DAGStore.MaxConcurrentReadyFetches', '2')
    await register(onTheWeb)
    const id = await begin()
    await waiting(2)
    await set('DAGStore.MaxConcurrentReadyFetches', '6')
    await waiting(6)
    await set('DAGStore.MaxConcurrentReadyFetches', '1')
    letGo(5)
    await waiting(1)
    await ended(id)
  })

  it('sources are asked more, and fewer, things at once', { timeout: 60_000 }, async () => {
    await set('Pieces.HttpServers', JSON.stringify([`${server.url}/`]))
    await set('DAGStore.MaxConcurrentIndex', '0')
    await register((at) => ({ key: pieceCid(at), url: null }))
    await set('DAGStore.MaxConcurrencyStorageCalls', '2')
    const id = await begin(0, 'HEAD')
    await waiting(2)
    await set('DAGStore.MaxConcurrencyStorageCalls', '5')
    await waiting(5)
    await set('DAGStore.MaxConcurrencyStorageCalls', '1')
    letGo(4)
    await waiting(1)
    await ended(id)
  })

  it('quiet hours hold it, and let it go on', { timeout: 60_000 }, async () => {
    await register(onTheWeb)
    const id = await begin(2)
    await waiting(2)
    await set('DAGStore.QuietHours', JSON.stringify(['00:00-23:59', '23:59-00:01']))
    letGo(2)
    await expect.poll(async () => (await viewOf(id))?.held, { timeout: 20_000 }).toBe(true)
    await succeeded(id, 2)
    await waiting(0)
    expect(await viewOf(id)).toMatchObject({ state: 'running', underWay: 0 })
    await set('DAGStore.QuietHours', '[]')
    await waiting(2)
    await ended(id)
  })
})

describe('a run that is under way', () => {
  it('is held by the pause of all bulk work, and by its own', { timeout: 60_000 }, async () => {
    await register(onTheWeb)
    const id = await begin(3)
    await waiting(3)
    await client.bulk.pauseAll()
    letGo(3)
    await succeeded(id, 3)
    await waiting(0)
    expect(await viewOf(id)).toMatchObject({ held: true, underWay: 0 })
    await client.bulk.resumeAll({})
    await waiting(3)
    await client.bulk.pause({ runId: id })
    letGo(3)
    await succeeded(id, 6)
    await waiting(0)
    expect(await viewOf(id)).toMatchObject({ state: 'paused', underWay: 0 })
    await client.bulk.resume({ runId: id })
    await client.bulk.setConcurrency({ runId: id, concurrency: 5 })
    await waiting(5)
    await ended(id)
  })
})
