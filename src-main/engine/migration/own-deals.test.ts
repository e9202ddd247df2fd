import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DealView } from '../../../src-shared/contract/index.ts'
import { v1 } from './test-kit/expected.ts'
import { migrationBench } from './test-kit/migration-bench.ts'

const bench = migrationBench()

describe('the first start of the provider role', () => {
  const [pieceCid = '', other = ''] = v1.shards
  const deal = (dealId: string, state: DealView['state'], piece: string, role: DealView['role'] = 'provider') =>
    ({ dealId, state, role, pieceCid: piece, pieceSize: 1024 }) as DealView

  it('makes shards of active deals, once', async () => {
    bench.carport.deals = [
      deal('1', 'active', pieceCid),
      deal('2', 'active', pieceCid),
      deal('3', 'failed', other),
      deal('4', 'active', other, 'client'),
    ]
    await bench.restart({ isProvider: true })
    expect(bench.carport.dagstore.list().map(({ key, state }) => [key, state])).toEqual([[pieceCid, 'New']])
    expect(existsSync(bench.carport.marker)).toBe(true)
    expect(bench.carport.log.map(({ msg }) => msg)).toContain('dagstore migration completed successfully')
    await bench.carport.dagstore.destroy(pieceCid)
    await bench.restart({ isProvider: true })
    expect(bench.carport.dagstore.list()).toEqual([])
    expect(bench.carport.log.map(({ msg }) => msg)).toContain('no shard migration necessary; already marked complete')
  })

  it('is done again after it was stopped before the marker', async () => {
    bench.carport.deals = [deal('1', 'active', pieceCid), deal('2', 'active', other)]
    await bench.restart({ isProvider: true })
    await rm(bench.carport.marker)
    await bench.restart({ isProvider: true })
    expect(bench.carport.dagstore.list()).toHaveLength(2)
    expect((await bench.carport.migration.status()).records[0]).toMatchObject({
      source: 'own',
      registered: 0,
      present: 2,
    })
  })

  it('clears copies of metadata that a crash left', async () => {
    await mkdir(join(bench.carport.folder, '.migration/metadata-x'), { recursive: true })
    await writeFile(join(bench.carport.folder, '.migration/metadata-x/CURRENT'), '')
    await bench.restart()
    expect(existsSync(join(bench.carport.folder, '.migration'))).toBe(false)
  })
})
