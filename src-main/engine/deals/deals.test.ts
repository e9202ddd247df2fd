import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError, inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import type { BlockOptions, Blockstore, OpenDag } from '../blockstore/index.ts'
import { hashFile, PIECE_CHUNK_BYTES, PieceHasher } from '../commp/index.ts'
import { createProviderServer, DealPeer, type DealProposal, HttpClient, type ProviderServer } from '../net/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { fillStream } from '../testing/content.ts'
import { loopbackServer, serveRange } from '../testing/loopback-server.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { rowWhere } from '../testing/table-event.ts'
import { createTransfers, type Transfers } from '../transfer/index.ts'
import { denseCar } from '../unixfs/index.ts'
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
  port?: number
  minFreeBytes?: number
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
    expect(active).toMatchObject({ state: 'active', error: null, message: 'The provider holds the piece.' })
    expect(active.timeline.map(({ state, message }) => [state, message])).toContainEqual([
      'transferring',
      'The provider fetches the data.',
    ])
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

  it.each([2, 16])('is one of %i at once, and each ends active with its own piece', async (count) => {
    const dags = new MemoryDags()
    const roots = await Promise.all(
      Array.from({ length: count }, (_, i) => dags.addFile(content(100_000 + 1000 * i).fill(i))),
    )
    const { deals, handedOff } = await carport({ dags })
    const begun = await Promise.all(roots.map((root) => deals.propose({ root: root.toString(), provider: null })))
    const ended = await Promise.all(begun.map(({ dealId }) => deals.wait(dealId)))
    expect(ended.map(({ state, root }) => [state, root])).toEqual(roots.map((root) => ['active', root.toString()]))
    expect(handedOff.map(({ pieceCid }) => pieceCid.toString()).sort()).toEqual(
      ended.map(({ pieceCid }) => pieceCid).sort(),
    )
    expect(new Set(ended.map(({ pieceCid }) => pieceCid)).size).toBe(count)
    expect(dags.opened).toBe(0)
  })
})

describe('a deal between two Carports', () => {
  it('goes on where it was when the provider stops in the middle and starts again', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const first = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: first.server.url })
    await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    const port = Number(new URL(first.server.url ?? '').port)
    await first.stop()
    expect(client.deals.get(dealId).state).not.toBe('failed')
    dags.openGate()
    const second = await carport({ store: first.store, directory: first.directory, port })
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(second.handedOff).toHaveLength(1)
    const [row] = second.transfers.list().filter(({ direction }) => direction === 'in')
    expect(row).toMatchObject({ state: 'done' })
    // What had arrived before was not sent again.
    const sent = client.transfers.list().find(({ direction }) => direction === 'out')
    expect(sent?.doneBytes).toBeLessThan(4 * PIECE_CHUNK_BYTES)
  })

  it('goes on when the client stops in the middle and serves the data elsewhere afterwards', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const first = await carport({ dags })
    const { dealId } = await first.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    await first.stop()
    expect(dags.opened).toBe(0)
    dags.openGate()
    const second = await carport({ store: first.store, directory: first.directory, dags })
    expect(await second.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(provider.deals.list()).toMatchObject([{ role: 'provider', state: 'active' }])
  })

  it('leaves nothing behind on either side when the client cancels', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    expect(await client.deals.cancel(dealId)).toMatchObject({ state: 'cancelled' })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    const theirs = await rowWhere(provider.deals.table, ({ state }) => state === 'cancelled')
    await provider.deals.wait(theirs.dealId).catch(() => {})
    expect(await readdir(join(provider.directory, 'deal-staging'))).toEqual([])
    expect(dags.opened).toBe(0)
    expect(provider.transfers.list()).toMatchObject([{ direction: 'in', state: 'cancelled', rate: 0 }])
    expect(client.transfers.list()).toMatchObject([{ direction: 'out', state: 'cancelled' }])
  })

  it('can be paused, resumed and cancelled in the table of transfers', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    const { id } = await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    expect(await provider.transfers.pause(id)).toMatchObject({ state: 'paused', rate: 0 })
    dags.openGate()
    expect(client.deals.get(dealId).state).toBe('transferring')
    expect(await provider.transfers.resume(id)).toMatchObject({ state: 'queued' })
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
  })

  it('fails on both sides, with the reason, when the data changes while it is sent', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    dags.failWith(new EngineError('SOURCE_CHANGED', '/data/file has changed since it was imported.'))
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    const theirs = await rowWhere(provider.deals.table, ({ state }) => state === 'cancelled' || state === 'failed')
    expect(theirs.role).toBe('provider')
    expect(provider.handedOff).toEqual([])
  })

  it('fails clearly when nothing answers at the provider, and can be tried again', async () => {
    const { dags, root } = await dagsWith(100_000)
    const provider = await carport()
    const port = Number(new URL(provider.server.url ?? '').port)
    await provider.stop()
    const client = await carport({ dags })
    const url = `http://127.0.0.1:${port}`
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: url })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: `${url} cannot be reached: nothing listens there.`,
    })
    await carport({ port })
    await client.deals.retry(dealId)
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active', error: null })
  })

  it('tells the client when the hand-off fails, and a retry hands over without another transfer', async () => {
    const { dags, root } = await dagsWith(100_000)
    let broken = true
    const provider = await carport({
      handOff: async () => {
        if (broken) throw new EngineError('NO_SPACE', 'The disk of the piece store is full.')
      },
    })
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'NO_SPACE' })
    broken = false
    await client.deals.retry(dealId)
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(provider.transfers.list()).toHaveLength(1)
  })

  it('forgets an ended deal, and only an ended one', async () => {
    const { dags, root } = await gatedDags(PIECE_CHUNK_BYTES)
    const { deals } = await carport({ dags })
    const { dealId } = await deals.propose({ root: root.toString(), provider: null })
    await expect(deals.remove(dealId)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    dags.openGate()
    await deals.wait(dealId)
    await deals.remove(dealId)
    expect(() => deals.get(dealId)).toThrow(expect.objectContaining({ code: 'DEAL_NOT_FOUND' }))
    await expect(deals.propose({ root: root.toString().replace(/.$/, ''), provider: null })).rejects.toMatchObject({
      code: 'INVALID_CID',
    })
  })
})

describe('the provider, faced with a client of any kind', () => {
  const secret = 'a-secret-of-sixteen-or-more'

  it('fails a deal whose data is another piece, says both, and keeps nothing', async () => {
    const provider = await carport()
    const { proposal, peer } = await offered(provider, content(200_000), { pieceCid: OTHER_PIECE })
    const { dealId } = await peer.propose(proposal)
    const failed = await rowWhere(provider.deals.table, ({ state }) => state === 'failed')
    expect(failed).toMatchObject({ dealId, error: { code: 'PIECE_MISMATCH' } })
    expect(failed.message).toContain(OTHER_PIECE)
    expect(failed.message).toMatch(/baga\w+, but the proposal says it is baga/)
    await provider.deals.wait(dealId).catch(() => {})
    expect(await readdir(join(provider.directory, 'deal-staging'))).toEqual([])
    expect(await peer.status(dealId)).toMatchObject({ state: 'failed', error: { code: 'PIECE_MISMATCH' } })
  })

  it.each<[string, Partial<DealProposal>, RegExp]>([
    ['a piece size that is none', { pieceSize: 1000 }, /not a piece size/],
    ['a CAR that does not fit the piece', { pieceSize: 128, carSize: 1000 }, /does not fit/],
    ['a root that is no CID', { root: 'nonsense' }, /root is not a CID/],
    ['a piece CID that names none', { pieceCid: 'bafkqaaa' }, /names no piece/],
    ['too few bytes', { carSize: 10 }, /too few/],
  ])('rejects a proposal with %s', async (_, wrong, message) => {
    const provider = await carport()
    const { proposal, peer } = await offered(provider, content(2000), wrong)
    await expect(peer.propose(proposal)).rejects.toMatchObject({
      code: 'DEAL_REJECTED',
      message: expect.stringMatching(message),
    })
    expect(provider.deals.list()).toEqual([])
  })

  it('rejects a deal that the disk has no room for', async () => {
    const provider = await carport({ minFreeBytes: 2 ** 50 })
    const { proposal, peer } = await offered(provider, content(2000))
    await expect(peer.propose(proposal)).rejects.toMatchObject({ code: 'NO_SPACE' })
  })

  it('makes one deal of a proposal that is sent twice', async () => {
    const provider = await carport()
    const { proposal, peer } = await offered(provider, content(200_000))
    const [one, two] = await Promise.all([peer.propose(proposal), peer.propose(proposal)])
    expect(one.dealId).toBe(two.dealId)
    await provider.deals.wait(one.dealId)
    expect(await peer.propose(proposal)).toMatchObject({ dealId: one.dealId, state: 'active' })
    await expect(peer.propose({ ...proposal, carSize: proposal.carSize - 1 })).rejects.toMatchObject({
      code: 'DEAL_REJECTED',
    })
  })

  it('tells nothing of a deal to who does not know its secret', async () => {
    const provider = await carport()
    const { proposal, peer } = await offered(provider, content(2000))
    const { dealId } = await peer.propose(proposal)
    const stranger = new DealPeer(httpClient, provider.server.url ?? '', 'another-secret-altogether')
    await expect(stranger.status(dealId)).rejects.toMatchObject({ code: 'DEAL_NOT_FOUND' })
    await expect(stranger.cancel(dealId)).rejects.toMatchObject({ code: 'DEAL_NOT_FOUND' })
    await expect(stranger.propose(proposal)).rejects.toMatchObject({ code: 'DEAL_NOT_FOUND' })
  })

  it('tells of a change as soon as it happens to a client that waits', async () => {
    const provider = await carport()
    const { proposal, peer } = await offered(provider, content(200_000))
    let status = await peer.propose(proposal)
    const seen = new Set([status.state])
    while (status.state !== 'active') {
      status = await peer.status(status.dealId, { after: status.revision, waitSeconds: 20 })
      seen.add(status.state)
    }
    expect(status).toMatchObject({ receivedBytes: proposal.carSize, totalBytes: proposal.carSize })
  })

  /** A client of the test's own, which offers a CAR on a server of the test's own. */
  async function offered(provider: Carport, bytes: Uint8Array, wrong: Partial<DealProposal> = {}) {
    const dags = new MemoryDags()
    const root = await dags.addFile(bytes)
    const view = await denseCar(dags, root)
    const parts: Uint8Array[] = []
    for await (const part of view.readRange(0, view.size)) parts.push(part)
    const car = Buffer.concat(parts)
    const data = await loopbackServer((request, response) => serveRange(car, request, response))
    cleanups.push(() => data.close())
    const commitment = await commitmentOf(car)
    const proposal: DealProposal = {
      version: 1,
      proposalId: createHash('sha256').update(data.url).digest('hex').slice(0, 32),
      root: root.toString(),
      pieceCid: commitment.pieceCid.toString(),
      pieceSize: commitment.pieceSize,
      carSize: car.length,
      transfer: { type: 'http', url: `${data.url}/car`, headers: {} },
      ...wrong,
    }
    return { proposal, peer: new DealPeer(httpClient, provider.server.url ?? '', secret) }
  }
})

const httpClient = new HttpClient()
const OTHER_PIECE = 'baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq'

async function commitmentOf(bytes: Uint8Array) {
  const hasher = new PieceHasher(inlineTaskRunner)
  await hasher.update(bytes)
  return hasher.finish()
}

/** Once the deal is prepared, gives only the blocks of the first chunk until the gate is opened. */
class GatedDags extends MemoryDags {
  openGate: () => void = () => {}
  failWith: (error: EngineError) => void = () => {}
  readonly #gate = new Promise<void>((resolve, reject) => {
    this.openGate = resolve
    this.failWith = reject
  })
  #opens = 0

  constructor() {
    super()
    this.#gate.catch(() => {})
  }

  override async open(cid: CID): Promise<OpenDag | null> {
    const dag = await super.open(cid)
    const isOffered = ++this.#opens > 2
    if (dag === null || !isOffered) return dag
    const ungated = [...this.blocks.keys()].slice(0, 8)
    const get = async (wanted: CID, options: BlockOptions = {}) => {
      if (wanted.code === 0x55 && !ungated.includes(wanted.toString()))
        await Promise.race([this.#gate, aborted(options.signal)])
      return this.get(wanted, options)
    }
    return {
      blockstore: new Proxy<Blockstore>(this, { get: (_, name) => (name === 'get' ? get : bound(this, name)) }),
      release: dag.release,
    }
  }
}

async function gatedDags(sizeBytes: number): Promise<{ dags: GatedDags; root: CID }> {
  const dags = new GatedDags()
  return { dags, root: await dags.addFile(content(sizeBytes)) }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
