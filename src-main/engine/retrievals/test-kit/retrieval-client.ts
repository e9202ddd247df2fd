import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { silentLogger, systemClock } from '../../base/index.ts'
import { createProviderServer } from '../../net/index.ts'
import { MemoryStore, type Store } from '../../store/index.ts'
import { MemoryDags } from '../../testing/memory-dags.ts'
import { createTransfers, type Transfers } from '../../transfer/index.ts'
import type { BeginRetrieval, Retrievals, RetrievalsConfig } from '../retrieval-ports.ts'
import { createRetrievals } from '../retrievals.ts'

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** After the test, last first. */
export function cleanUpLater(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

export interface Client {
  retrievals: Retrievals
  transfers: Transfers
  directory: string
  store: Store
  stop(): Promise<void>
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'carport-retrievals-'))
  cleanUpLater(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export async function client(
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
  cleanUpLater(stop)
  return { retrievals, transfers, directory, store, stop }
}

export async function provider(dags: MemoryDags): Promise<string> {
  const ports = { store: new MemoryStore(), clock: systemClock, log: silentLogger }
  const transfers = createTransfers(ports, { maxConcurrentRetrievals: 0, maxConcurrentDeals: 0 })
  await transfers.start()
  const server = createProviderServer(
    { ...ports, transfers, dags, pieces: null, deals: null },
    { listen: { host: '127.0.0.1', port: 0 }, version: 'test' },
  )
  const url = await server.start()
  cleanUpLater(async () => {
    await server.close()
    await transfers.close()
  })
  return url
}

export function asking(root: { toString(): string }, more: Partial<BeginRetrieval> = {}): BeginRetrieval {
  return { root: root.toString(), from: [], outPath: null, format: 'files', overwrite: false, ...more }
}
