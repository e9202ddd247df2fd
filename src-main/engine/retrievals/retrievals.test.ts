import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { createProviderServer } from '../net/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { fillStream } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { createTransfers, type Transfers } from '../transfer/index.ts'
import { dagStat } from '../unixfs/index.ts'
import type { BeginRetrieval, Retrievals, RetrievalsConfig } from './retrieval-ports.ts'
import { createRetrievals } from './retrievals.ts'

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Client {
  retrievals: Retrievals
  transfers: Transfers
  directory: string
  store: Store
  stop(): Promise<void>
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'carport-retrievals-'))
  cleanups.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function client(
  parts: { store?: Store; directory?: string; dags?: MemoryDags; own?: string } & Partial<RetrievalsConfig> = {},
): Promise<Client> {
  const directory = parts.directory ?? (await temporaryDirectory())
  const store = parts.store ?? new MemoryStore()
  const ports = { store, clock: systemClock, log: silentLogger }
  const transfers = createTransfers(ports, {
    maxConcurrentRetrievals: 4,
    maxConcurrentDeals: 4,
    retry: { firstDelayMs: 10, firstAttempts: 2, protocolAttempts: 1 },
  })
  const retrievals = createRetrievals(
    {
      ...ports,
      tasks: inlineTaskRunner,
      transfers,
      dags: parts.dags ?? new MemoryDags(),
      ownProvider: () => parts.own ?? null,
    },
    { directory: join(directory, 'retrievals'), openFile: parts.openFile, http: parts.http },
  )
  await transfers.start()
  await retrievals.start()
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await retrievals.close()
    await transfers.close()
  }
  cleanups.push(stop)
  return { retrievals, transfers, directory, store, stop }
}

async function provider(dags: MemoryDags): Promise<string> {
  const ports = { store: new MemoryStore(), clock: systemClock, log: silentLogger }
  const transfers = createTransfers(ports, { maxConcurrentRetrievals: 0, maxConcurrentDeals: 0 })
  await transfers.start()
  const server = createProviderServer(
    { ...ports, transfers, dags, pieces: null, deals: null },
    { listen: { host: '127.0.0.1', port: 0 }, version: 'test' },
  )
  const url = await server.start()
  cleanups.push(async () => {
    await server.close()
    await transfers.close()
  })
  return url
}

function content(sizeBytes: number, seed = 7): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  fillStream(bytes, seed)
  return bytes
}

function asking(root: { toString(): string }, more: Partial<BeginRetrieval> = {}): BeginRetrieval {
  return { root: root.toString(), from: [], outPath: null, format: 'files', overwrite: false, ...more }
}

describe('a retrieval from the own provider', () => {
  it('leaves a finalized CAR that holds the whole DAG, and the file where it was asked for', async () => {
    const dags = new MemoryDags()
    const bytes = content(20_000_000)
    const root = await dags.addFile(bytes)
    const { retrievals, directory, transfers } = await client({ own: await provider(dags) })
    const outPath = join(directory, 'out.bin')
    const { dealId } = await retrievals.begin(asking(root, { outPath }))
    const done = await retrievals.wait(dealId)
    expect(done).toMatchObject({ state: 'done', complete: true, path: outPath, error: null })
    expect(Buffer.compare(await readFile(outPath), bytes)).toBe(0)
    expect((await stat(done.carPath)).size).toBe(done.carSizeBytes)
    const store = await openCarBlockstore(done.carPath)
    expect((await dagStat(store, root)).blockCount).toBe(done.blockCount)
    await store.close()
    expect(transfers.list()).toMatchObject([{ state: 'done', kind: 'dag', ownerId: dealId }])
    expect((await readdir(directory)).sort()).toEqual(['out.bin', 'retrievals'])
  })
})
