import type { ShardView } from '../../../src-shared/contract/index.ts'
import { mockAudit, mockBlockCount } from './mock-audit.ts'
import { type Answers, fail, found, type MockTables, pause } from './mock-engine.ts'
import { mockHistory } from './mock-history.ts'
import type { MockShard } from './mock-shard.ts'
import type { MockTable } from './mock-table.ts'

export function mockShards({ shards, deals }: MockTables, shard: MockShard, { answer, change, watch }: Answers) {
  return {
    list: () => answer(() => shards.rows()),
    get: ({ key }: { key: string }) =>
      answer(() => {
        const view = found(shards.get(key), 'SHARD_NOT_FOUND')
        return {
          ...view,
          blockCount: mockBlockCount(view.indexBytes),
          indexCodec: view.indexBytes === null ? null : 'MultihashIndexSorted (0x0401)',
          waiting: 0,
          attempts: mockHistory(view),
          copies: [
            {
              kind: 'piece',
              path: `/home/ada/.carport/pieces/${key}.car`,
              sizeBytes: view.sizeBytes,
              exists: view.error === null || view.error.includes('has no index'),
              note: null,
            },
            {
              kind: 'transient',
              path: `/home/ada/.carport/dagstore/transients/${key}`,
              sizeBytes: view.sizeBytes,
              exists: view.transientPath !== null,
              note: null,
            },
            {
              kind: 'index',
              path: `/home/ada/.carport/dagstore/index/${key}.full.idx`,
              sizeBytes: view.indexBytes,
              exists: view.indexBytes !== null,
              note: null,
            },
          ],
          lotusDeals: [],
          deals: deals
            .rows()
            .filter(({ pieceCid }) => pieceCid === key)
            .map(({ dealId }) => dealId),
        }
      }),
    watch: watch(shards),
    register: ({ key }: { key: string }) => answer(() => ({ ...(shards.rows()[0] as ShardView), key, state: 'New' })),
    initialize: ({ key }: { key: string }) =>
      change(shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null }),
    recover: async ({ key }: { key: string }) => {
      await pause(300)
      if (key.charCodeAt(key.length - 1) % 3 === 0) fail('PIECE_NOT_FOUND', `No source has piece ${key}.`)
      return change(shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null })
    },
    reindex: ({ key }: { key: string }) => change(shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null }),
    destroy: ({ key }: { key: string }) =>
      answer(() => {
        const view = found(shards.get(key), 'SHARD_NOT_FOUND')
        shards.delete(key)
        return view
      }),
    initializeAll: ({ dryRun = false }: { dryRun?: boolean }) => answer(() => initializeAll(shards, dryRun)),
    gc: () =>
      answer(() => {
        const idle = shards.rows().filter(({ transientPath, readers }) => transientPath !== null && readers === 0)
        return {
          shards: idle.map(({ key, sizeBytes }) => ({ key, error: null, freedBytes: sizeBytes ?? 0 })),
          freedBytes: idle.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
        }
      }),
    audit: ({ key }: { key: string }) => answer(() => mockAudit(found(shards.get(key), 'SHARD_NOT_FOUND'))),
    lookup: () => answer(() => []),
    indexEntries: () => answer(() => ({ entries: [], total: 0 })),
    acquire: ({ key }: { key: string }) =>
      answer(() => ({ sessionId: 's1', key, roots: [shard.root], blockCount: shard.size })),
    release: ({ sessionId }: { sessionId: string }) => answer(() => ({ sessionId })),
    entries: ({ cid }: { cid: string }) => answer(() => ({ entries: shard.entries(cid), next: null })),
    block: ({ cid, maxBytes = 65_536 }: { cid: string; maxBytes?: number }) =>
      answer(() => shard.block(cid, maxBytes) ?? fail('BLOCK_NOT_FOUND', 'The block is not in this shard.')),
    getBlock: ({ key, cid }: { key: string; cid: string }) =>
      answer(() => {
        const block = found(shard.block(cid, 2 ** 24) ?? undefined, 'BLOCK_NOT_FOUND')
        return { key, cid, sizeBytes: block.sizeBytes, bytes: block.bytes }
      }),
  }
}

async function* initializeAll(shards: MockTable<ShardView>, dryRun: boolean) {
  const fresh = shards.rows().filter(({ state }) => state === 'New')
  for (const [at, view] of fresh.entries()) {
    if (dryRun) {
      const sealed = at % 5 === 2
      yield {
        key: view.key,
        event: sealed ? ('skipped' as const) : ('start' as const),
        error: sealed ? 'only a sealed copy exists' : null,
        current: at + 1,
        total: fresh.length,
      }
      continue
    }
    await pause(300)
    shards.set({ ...view, state: 'Available' })
    yield { key: view.key, event: 'success' as const, error: null, current: at + 1, total: fresh.length }
  }
}
