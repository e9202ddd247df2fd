import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { PieceHasher } from '../commp/index.ts'
import { treeOf } from '../testing/lotus-repositories.ts'
import { v1, v2 } from './test-kit/expected.ts'
import { migrationBench } from './test-kit/migration-bench.ts'

const bench = migrationBench()

async function reread(key: string): Promise<string> {
  const reader = await bench.carport.pieces.open(CID.parse(key))
  try {
    const hasher = new PieceHasher(inlineTaskRunner)
    const chunk = new Uint8Array(1 << 20)
    for (let at = 0, n = 1; n > 0; at += n) {
      n = await reader.readAt(chunk, at)
      await hasher.update(chunk.slice(0, n))
    }
    return (await hasher.finish()).pieceCid.toString()
  } finally {
    await reader.close()
  }
}

describe('the migration of a lotus-miner repository', () => {
  it('is migrated with the log of Lotus, word for word', async () => {
    const { report, done } = await bench.run({ lotusMiner: await bench.repositories.miner() })
    expect(bench.carport.migratorLog).toEqual(v1.migrationLog)
    expect(report?.registered.sort()).toEqual([...v1.shards].sort())
    expect(report).toMatchObject({ present: 0, failed: [] })
    expect(done).toMatchObject({ warnings: [] })
    expect(bench.carport.dagstore.list().map(({ key, state, url, lazy }) => ({ key, state, url, lazy }))).toEqual(
      [...v1.shards].sort().map((key) => ({ key, state: 'New', url: `lotus://${key}`, lazy: true })),
    )
    expect(existsSync(bench.carport.marker)).toBe(true)
    expect(await bench.carport.migration.status()).toMatchObject({
      complete: true,
      running: false,
      records: [{ state: 'done', registered: 15, present: 0, failedCount: 0 }],
    })
  })

  it('gives every unsealed piece through its shard, byte for byte, also after a restart', async () => {
    const lotusMiner = await bench.repositories.miner()
    const before = await treeOf(lotusMiner)
    await bench.run({ lotusMiner })
    await bench.restart()
    const unsealed = v1.pieces.filter(
      ({ fetch, pieceCid }) => fetch.startsWith('unsealed') && v1.shards.includes(pieceCid),
    )
    expect(unsealed.length).toBeGreaterThan(8)
    for (const { pieceCid } of unsealed) {
      expect(await reread(pieceCid)).toBe(pieceCid)
      const accessor = await bench.carport.dagstore.acquire(pieceCid)
      try {
        let blocks = 0
        for await (const cid of accessor.blockstore.cids()) {
          await accessor.blockstore.get(cid)
          blocks++
        }
        expect(blocks).toBeGreaterThan(0)
      } finally {
        await accessor.close()
      }
      expect(bench.carport.dagstore.info(pieceCid).state).toBe('Available')
    }
    expect(await treeOf(lotusMiner)).toEqual(before)
  })

  it('is remembered deal by deal, whatever became of each, also after a restart', async () => {
    const lotusMiner = await bench.repositories.miner()
    await bench.run({ lotusMiner })
    await bench.run({ lotusMiner })
    await bench.restart()
    for (const { pieceCid } of v1.deals) {
      const expected = v1.deals.filter((deal) => deal.pieceCid === pieceCid)
      const told = bench.carport.migration.dealsOfPiece(pieceCid)
      expect(new Set(told)).toEqual(
        new Set(
          expected.map(({ proposalCid, dealId, stateName, state }) => ({
            ...{ proposalCid, dealId, state: stateName || `State ${state}` },
          })),
        ),
      )
      expect(told).toHaveLength(expected.length)
    }
    expect(bench.carport.migration.dealsOfPiece('baga6ea4seaqnone')).toEqual([])
  })

  it('can be migrated again, and changes nothing', async () => {
    const lotusMiner = await bench.repositories.miner()
    await bench.run({ lotusMiner })
    await bench.restart()
    const again = await bench.run({ lotusMiner })
    expect(again.report).toEqual({
      registered: [],
      unreadable: [],
      present: 15,
      failed: [],
      imported: [],
      importsFailed: [],
    })
    expect(again.shards.filter(({ action }) => action === 'present')).toHaveLength(15)
    expect((await bench.carport.migration.status()).records).toHaveLength(2)
    expect(bench.carport.storage).toEqual([lotusMiner])
  })

  it('counts as present what the plan counts so, also where a newer Lotus finds the deal not eligible any more', async () => {
    const lotusMiner = await bench.repositories.miner()
    await bench.run({ lotusMiner })
    await rm(join(lotusMiner, 'datastore'), { recursive: true })
    await rename(join(lotusMiner, 'after-lotus-v1.25/datastore'), join(lotusMiner, 'datastore'))
    const { done, report, events } = await bench.run({ lotusMiner })
    expect(v2.shards.length).toBeLessThan(v1.shards.length)
    expect(report).toMatchObject({ registered: [], present: v1.shards.length, failed: [] })
    expect(done.summary.shards).toMatchObject({ register: 0, present: v1.shards.length })
    expect(events.filter(({ type }) => type === 'shard').at(-1)).toMatchObject({
      ...{ current: v1.shards.length, total: v1.shards.length },
    })
  })

  it('goes on after Carport ended in the middle', async () => {
    const lotusMiner = await bench.repositories.miner()
    bench.carport.registrationsLeft = 5
    await expect(bench.run({ lotusMiner })).rejects.toMatchObject({ code: 'CLOSED' })
    expect(existsSync(bench.carport.marker)).toBe(false)
    await bench.restart()
    expect((await bench.carport.migration.status()).records[0]?.state).toBe('interrupted')
    expect(bench.carport.dagstore.list()).toHaveLength(5)
    expect((await bench.run({ lotusMiner })).report).toMatchObject({ present: 5 })
    expect(bench.carport.dagstore.list()).toHaveLength(15)
    expect(existsSync(bench.carport.marker)).toBe(true)
  })
})
