import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { afterEach } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { createProviderServer, type ProviderServer } from '../../net/index.ts'
import { MemoryStore, type Store } from '../../store/index.ts'
import { fillStream } from '../../testing/content.ts'
import { MemoryDags } from '../../testing/memory-dags.ts'
import { createTransfers, type Transfers } from '../../transfer/index.ts'
import type { Deals, DealsPorts, StagedPiece } from '../deal-ports.ts'
import { createDeals } from '../deals.ts'

/** A Carport with one or both roles, over real files and loopback. */
export interface Carport {
  deals: Deals
  transfers: Transfers
  server: ProviderServer
  handedOff: StagedPiece[]
  store: Store
  directory: string
  stop(): Promise<void>
}

export interface Parts {
  store?: Store
  directory?: string
  dags?: MemoryDags
  handOff?: DealsPorts['handOff']
  port?: number
  minFreeBytes?: number
}

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export async function carport(parts: Parts = {}): Promise<Carport> {
  const directory = parts.directory ?? (await mkdtemp(join(tmpdir(), 'carport-deals-')))
  const store = parts.store ?? new MemoryStore()
  const ports = { store, clock: systemClock, log: silentLogger }
  const transfers = createTransfers(ports, {
    maxConcurrentRetrievals: 4,
    maxConcurrentDeals: 4,
    retry: { firstDelayMs: 10 },
  })
  const handedOff: StagedPiece[] = []
  const handOff = async (piece: StagedPiece) => {
    await rename(piece.path, join(directory, `${piece.pieceCid}.car`))
    handedOff.push(piece)
  }
  let server: ProviderServer | null = null
  const deals = createDeals(
    {
      ...ports,
      tasks: inlineTaskRunner,
      transfers,
      dags: parts.dags ?? new MemoryDags(),
      importOf: () => null,
      ownProvider: () => server?.url ?? null,
      handOff: parts.handOff ?? handOff,
    },
    { stagingDirectory: join(directory, 'deal-staging'), minFreeBytes: parts.minFreeBytes ?? 0 },
  )
  const listener = createProviderServer(
    { ...ports, transfers, dags: null, pieces: null, deals: deals.door },
    { listen: { host: '127.0.0.1', port: parts.port ?? 0 }, version: 'test' },
  )
  server = listener
  await transfers.start()
  await listener.start()
  await deals.start()
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await listener.close()
    await deals.close()
    await transfers.close()
  }
  cleanups.push(async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  })
  return { deals, transfers, server: listener, handedOff, store, directory, stop }
}

export function content(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  fillStream(bytes, 7)
  return bytes
}

export async function dagsWith(sizeBytes: number): Promise<{ dags: MemoryDags; root: CID }> {
  const dags = new MemoryDags()
  return { dags, root: await dags.addFile(content(sizeBytes)) }
}

/** Done after the test, the last one first. */
export function cleanUpLater(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}
