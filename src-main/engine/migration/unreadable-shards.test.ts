import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../base/index.ts'
import { HttpPieceSource } from '../pieces/index.ts'
import { UNREADABLE, v1 } from './test-kit/expected.ts'
import { migrationBench } from './test-kit/migration-bench.ts'

const bench = migrationBench()

describe('shards that cannot be read yet', () => {
  it('is told of pieces that will not be readable, beforehand', async () => {
    const { shards, done } = await bench.plan({ lotusMiner: await bench.repositories.miner() })
    const problems = new Map(shards.map((row) => [row.key, row]))
    for (const { pieceCid, fetch } of v1.pieces) {
      const row = problems.get(pieceCid)
      if (row?.action !== 'register') continue
      const isUnsealed = fetch.startsWith('unsealed')
      expect(row.reason === null).toBe(isUnsealed)
      expect(row.pieceState === 'unsealed').toBe(isUnsealed)
      if (fetch.startsWith('sealed only')) expect(row.reason).toMatch(/^Lotus' storage has sector \d+ sealed only; /)
      if (fetch.startsWith('failed to fetch pieceInfo')) expect(row.reason).toContain('has no entry for this piece')
      if (fetch.startsWith('no storage deals found')) expect(row.reason).toContain('names no sector for this piece')
      if (!isUnsealed) expect(row.reason).toContain("it is not among Carport's own pieces. ")
    }
    const unreadable = shards.filter(({ action, reason }) => action === 'register' && reason !== null)
    expect(unreadable).toHaveLength(UNREADABLE)
    expect(done).toMatchObject({
      summary: {
        deals: { total: 45, eligible: v1.deals.filter(({ eligible }) => eligible).length },
        shards: { register: 15, unreadable: UNREADABLE, present: 0, fail: 0 },
      },
    })
  })

  it('reports which of its shards cannot be read yet, and remembers how many', async () => {
    const { shards, report, done } = await bench.run({ lotusMiner: await bench.repositories.miner() })
    const unreadable = shards.filter(({ action, reason }) => action === 'register' && reason !== null)
    expect(new Set(report?.unreadable)).toEqual(new Set(unreadable.map(({ key, reason }) => ({ key, reason }))))
    expect(done.summary.shards).toMatchObject({ register: 15, unreadable: UNREADABLE })
    await bench.restart()
    expect((await bench.carport.migration.status()).records[0]).toMatchObject({
      registered: 15,
      unreadable: UNREADABLE,
    })
  })

  it('says why a shard without an unsealed copy cannot be read', async () => {
    await bench.run({ lotusMiner: await bench.repositories.miner() })
    await expect(bench.carport.dagstore.acquire(sealedShard())).rejects.toMatchObject({ code: 'PIECE_SEALED' })
  })

  it('can be read after all where a piece server has them', async () => {
    const sealed = sealedShard()
    const server = createServer((request, response) => {
      const has = request.url === `/piece/${sealed}`
      response.writeHead(has ? 200 : 404, has ? { 'content-length': 1 << 20, 'accept-ranges': 'bytes' } : {}).end()
    })
    const baseUrl = await listening(server)
    bench.carport.servers = [new HttpPieceSource({ baseUrl, clock: systemClock })]
    try {
      const { shards, done } = await bench.plan({ lotusMiner: await bench.repositories.miner() })
      expect(shards.find(({ key }) => key === sealed)).toMatchObject({ pieceState: 'unsealed', reason: null })
      expect(done.summary.shards.unreadable).toBe(UNREADABLE - 1)
      const other = shards.find(({ pieceState }) => pieceState === 'missing')
      expect(other?.reason).toContain(`; the piece server ${baseUrl}/ does not have it. Add the piece`)
    } finally {
      server.close()
    }
  })

  it('are told of as not known where a piece server does not answer, which is asked for no others then', async () => {
    let requests = 0
    const server = createServer((_request, response) => {
      requests++
      response.writeHead(403).end()
    })
    bench.carport.servers = [new HttpPieceSource({ baseUrl: await listening(server), clock: systemClock })]
    try {
      const { shards, done } = await bench.plan({ lotusMiner: await bench.repositories.miner() })
      const unknown = shards.filter(({ pieceState }) => pieceState === 'unknown')
      expect(unknown).toHaveLength(UNREADABLE)
      expect(unknown[0]?.reason).toMatch(/; the piece server http:\S+ could not be asked/)
      expect(done.warnings).toEqual([expect.stringContaining('is counted as one that cannot be read yet')])
      expect(requests).toBeLessThanOrEqual(UNREADABLE)
    } finally {
      server.close()
    }
  })

  it('lie on a storage path whose disk is away: the plan says which', async () => {
    const lotusMiner = await bench.repositories.miner()
    const away = join(lotusMiner, 'long-term')
    await rename(away, `${away}-unplugged`)
    const { shards } = await bench.plan({ lotusMiner })
    const unknown = shards.filter(({ pieceState }) => pieceState === 'unknown')
    expect(unknown.length).toBeGreaterThan(0)
    for (const { reason } of unknown) expect(reason).toContain(`the storage path ${away} cannot be reached`)
  })
})

/** A piece that Lotus has sealed only. */
function sealedShard(): string {
  return (
    v1.pieces.find(({ fetch, pieceCid }) => fetch.startsWith('sealed') && v1.shards.includes(pieceCid))?.pieceCid ?? ''
  )
}

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
