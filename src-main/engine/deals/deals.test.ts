import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import { hashFile } from '../commp/index.ts'
import { createProviderServer, type ProviderServer } from '../net/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { fillStream } from '../testing/content.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { createTransfers, type Transfers } from '../transfer/index.ts'
import type { Deals, DealsPorts, StagedPiece } from './deal-ports.ts'
import { createDeals } from './deals.ts'

/** A Carport with one or both roles, over real files and loopback. */
interface Carport {
  deals: Deals
  transfers: Transfers
  server: ProviderServer
  handedOff: StagedPiece[]
  store: Store
  directory: string
  stop(): Promise<void>
}

interface Parts {
  store?: Store
  directory?: string
  dags?: MemoryDags
  handOff?: DealsPorts['handOff']
}

const cleanups: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function carport(parts: Parts = {}): Promise<Carport> {
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
    { stagingDirectory: join(directory, 'deal-staging'), minFreeBytes: 0 },
  )
  const listener = createProviderServer(
    { ...ports, transfers, dags: null, pieces: null, deals: deals.door },
    { listen: { host: '127.0.0.1', port: 0 }, version: 'test' },
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

function content(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  fillStream(bytes, 7)
  return bytes
}

async function dagsWith(sizeBytes: number): Promise<{ dags: MemoryDags; root: CID }> {
  const dags = new MemoryDags()
  return { dags, root: await dags.addFile(content(sizeBytes)) }
}

describe('a deal with the own provider', () => {
  it('ends active, with the piece handed over byte for byte', async () => {
    const { dags, root } = await dagsWith(20_000_000)
    const { deals, handedOff, directory, transfers } = await carport({ dags })
    const begun = await deals.propose({ root: root.toString(), provider: null })
    expect(begun).toMatchObject({ role: 'client', state: 'preparing' })
    const active = await deals.wait(begun.dealId)
    expect(active).toMatchObject({ state: 'active', error: null })
    expect(active.timeline.map(({ state }) => state)).toEqual([
      'preparing',
      'proposing',
      'transferring',
      'verifying',
      'active',
    ])
    const [piece] = handedOff
    expect(piece).toMatchObject({ carSize: active.carSize, pieceSize: active.pieceSize })
    expect(piece?.pieceCid.toString()).toBe(active.pieceCid)
    const computed = await hashFile(join(directory, `${active.pieceCid}.car`), inlineTaskRunner)
    expect(computed.pieceCid.toString()).toBe(active.pieceCid)
    const provider = deals.list().find(({ role }) => role === 'provider')
    expect(provider).toMatchObject({ state: 'active', pieceCid: active.pieceCid, pieceCidV2: active.pieceCidV2 })
    expect(await readdir(join(directory, 'deal-staging'))).toEqual([])
    expect(dags.opened).toBe(0)
    const rows = transfers.list().map(({ direction, kind, state }) => ({ direction, kind, state }))
    expect(rows).toContainEqual({ direction: 'in', kind: 'deal-data', state: 'done' })
    expect(rows).toContainEqual({ direction: 'out', kind: 'deal-data', state: 'done' })
    expect(deals.dealsOfPiece(active.pieceCid ?? '')).toHaveLength(2)
  })
})
