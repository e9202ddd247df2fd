import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { LevelStore } from '../store/index.ts'
import { treeOf } from '../testing/lotus-repositories.ts'
import { v1, v2 } from './test-kit/expected.ts'
import { migrationBench } from './test-kit/migration-bench.ts'

const bench = migrationBench()

describe('the plan for a lotus-miner repository', () => {
  it('is planned as Lotus migrates it, and nothing is written anywhere', async () => {
    const lotusMiner = await bench.repositories.miner()
    const before = await treeOf(lotusMiner)
    const planned = await bench.plan({ lotusMiner })
    expect(planned.deals).toMatchObject(
      v1.deals.map(({ proposalCid, pieceCid, state, stateName, dealId, eligible }) => ({
        ...{ proposalCid, pieceCid, state, stateName, dealId, eligible },
      })),
    )
    expect(planned.deals.every(({ eligible, reason }) => eligible === (reason === null))).toBe(true)
    const registered = planned.shards.filter(({ action }) => action === 'register').map(({ key }) => key)
    expect(registered.sort()).toEqual([...v1.shards].sort())
    expect(planned.done).toMatchObject({
      warnings: [],
      storagePaths: [lotusMiner, join(lotusMiner, 'long-term')],
    })
    expect(await treeOf(lotusMiner)).toEqual(before)
    expect(await readdir(join(bench.carport.folder, '.migration'))).toEqual([])
    expect(bench.carport.dagstore.list()).toEqual([])
  })

  it('is read by its version: after Lotus v1.17 staged deals do not count any more', async () => {
    const lotusMiner = await bench.repositories.miner()
    await rm(join(lotusMiner, 'datastore'), { recursive: true })
    await rm(join(lotusMiner, 'after-lotus-v1.25/expected.json'))
    await rename(join(lotusMiner, 'after-lotus-v1.25/datastore'), join(lotusMiner, 'datastore'))
    const planned = await bench.plan({ lotusMiner })
    expect(planned.deals).toMatchObject(
      v2.deals.map(({ pieceCid, state, stateName, dealId, eligible }) => ({
        ...{ pieceCid, state, stateName, dealId, eligible },
      })),
    )
    const registered = planned.shards.filter(({ action }) => action === 'register').map(({ key }) => key)
    expect(registered.sort()).toEqual([...v2.shards].sort())
  })

  it('is read while Lotus has it open and writes to it', async () => {
    const lotusMiner = await bench.repositories.miner()
    const lotus = await LevelStore.open(join(lotusMiner, 'datastore/metadata'), { compression: false })
    try {
      await lotus.put(Buffer.from('/deals/provider/1/in-between'), Buffer.from('no deal'))
      const { deals, done } = await bench.plan({ lotusMiner })
      expect(deals).toHaveLength(v1.deals.length)
      expect(JSON.stringify(done)).toContain('in-between')
      await lotus.put(Buffer.from('/afterwards'), Buffer.from('still open'))
    } finally {
      await lotus.close()
    }
  })

  it('leaves out damaged records with a warning', async () => {
    const lotusMiner = await bench.repositories.miner()
    const metadata = await LevelStore.open(join(lotusMiner, 'datastore/metadata'))
    await metadata.put(Buffer.from('/deals/provider/1/bafydamaged'), Buffer.from([0xa1, 0x61]))
    await metadata.put(Buffer.from('/storagemarket/pieces/1/bagadamaged'), Buffer.from([0xff]))
    await metadata.close()
    const { deals, done } = await bench.plan({ lotusMiner })
    expect(deals).toHaveLength(45)
    expect(done.warnings).toEqual([
      'The deal record bafydamaged is damaged and was left out.',
      'The piece record bagadamaged is damaged and was left out.',
    ])
  })

  it('says of a deal whose piece CID names no piece that it will fail, as it does', async () => {
    const lotusMiner = await bench.repositories.miner()
    const { proposalCid = '', pieceCid } = v1.deals.find(({ pieceCid, eligible }) => {
      return eligible && v1.deals.filter((other) => other.pieceCid === pieceCid).length === 1
    }) ?? { pieceCid: '' }
    const metadata = await LevelStore.open(join(lotusMiner, 'datastore/metadata'))
    const key = Buffer.from(`/deals/provider/1/${proposalCid}`)
    const record = Buffer.from((await metadata.get(key)) ?? '')
    const at = record.indexOf(CID.parse(pieceCid).bytes)
    record[at + 4] = 0x93 // 0x1013, which is no piece commitment's hash
    await metadata.put(key, record)
    await metadata.close()
    const { shards, done } = await bench.plan({ lotusMiner })
    const wrong = shards.find(({ action }) => action === 'fail')
    expect(wrong?.reason).toContain('piece CID')
    expect(done.summary.shards).toMatchObject({ register: 14, fail: 1 })
    const { report } = await bench.run({ lotusMiner })
    expect(report?.failed).toEqual([{ key: wrong?.key, error: wrong?.reason }])
  })

  it('is refused when it is none, or of a form that is not known', async () => {
    await expect(bench.plan({ lotusMiner: bench.repositories.root })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    const lotusMiner = await bench.repositories.miner()
    const metadata = await LevelStore.open(join(lotusMiner, 'datastore/metadata'))
    await metadata.put(Buffer.from('/deals/provider/versions/current'), Buffer.from('3'))
    await metadata.close()
    await expect(bench.plan({ lotusMiner })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})
