import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { PieceHasher } from '../commp/index.ts'
import { DealPeer, type DealProposal, HttpClient } from '../net/index.ts'
import { loopbackServer, serveRange } from '../testing/loopback-server.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { rowWhere } from '../testing/table-event.ts'
import { denseCar } from '../unixfs/index.ts'
import { type Carport, carport, cleanUpLater, content } from './test-kit/carport.ts'

const httpClient = new HttpClient()
const OTHER_PIECE = 'baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq'

async function commitmentOf(bytes: Uint8Array) {
  const hasher = new PieceHasher(inlineTaskRunner)
  await hasher.update(bytes)
  return hasher.finish()
}

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
    cleanUpLater(() => data.close())
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
