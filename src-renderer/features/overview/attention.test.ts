import { describe, expect, it } from 'vitest'
import type { SystemStatus } from '../../../src-shared/contract/index.ts'
import { type AttentionSources, attentionOf } from './attention.ts'

const GIB = 2 ** 30
const STATUS: SystemStatus = {
  version: '1',
  dataDir: '/d',
  address: null,
  providerUrl: null,
  roles: ['client', 'provider'],
  shards: { Available: 9 },
  imports: {},
  deals: {},
  retrievals: {},
  transfers: { active: 0, inRate: 0, outRate: 0 },
  disk: { freeBytes: 400 * GIB, totalBytes: 1000 * GIB, byPurpose: [] },
}
const QUIET: AttentionSources = {
  imports: [],
  deals: [],
  retrievals: [],
  transfers: [],
  pieces: [],
  status: STATUS,
}

describe('what needs a person', () => {
  it('is nothing when all is well, or while nothing is known', () => {
    expect(attentionOf(QUIET)).toEqual([])
    expect(attentionOf({ ...QUIET, status: null })).toEqual([])
  })

  it('is told once for all failed shards, and before the disk that will be full', () => {
    const found = attentionOf({
      ...QUIET,
      status: { ...STATUS, shards: { Errored: 12 }, disk: { ...STATUS.disk, freeBytes: 3 * GIB } },
    })
    expect(found.map(({ id, tone }) => [id, tone])).toEqual([
      ['shards', 'failed'],
      ['disk', 'attention'],
    ])
    expect(found[0]?.title).toBe('12 shards have failed')
  })

  it('does not cry over a small disk with enough room', () => {
    const disk = { ...STATUS.disk, freeBytes: 8 * GIB, totalBytes: 20 * GIB }
    expect(attentionOf({ ...QUIET, status: { ...STATUS, disk } })).toEqual([])
  })
})
