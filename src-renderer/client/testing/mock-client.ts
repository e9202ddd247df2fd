import type { SystemInfo } from '../../../src-shared/contract/index.ts'
import type { Client } from '../client.ts'
import type { FixtureWorld } from './fixture-world.ts'
import { mockBulk } from './mock-bulk.ts'
import { mockDeals } from './mock-deals.ts'
import { answersOf, type MockTables, tablesOf } from './mock-engine.ts'
import { mockImports } from './mock-imports.ts'
import { mockInspect } from './mock-inspect.ts'
import { mockMigration } from './mock-migration.ts'
import { mockPieces } from './mock-pieces.ts'
import { mockRetrievals } from './mock-retrievals.ts'
import { mockSettings } from './mock-settings.ts'
import type { MockShard } from './mock-shard.ts'
import { mockShards } from './mock-shards.ts'
import { mockSystem } from './mock-system.ts'
import { mockTransfers } from './mock-transfers.ts'
import { mockViews } from './mock-views.ts'

export interface MockOptions {
  world: FixtureWorld
  shard: MockShard
  info?: Partial<SystemInfo>
  /** Every call fails; every table stays unknown. */
  failing?: boolean
}

/** The contract answered from fixtures, for looking at the window without an engine. Progress moves; little else does. */
export function createMockClient({ world, shard, info = {}, failing = false }: MockOptions): Client {
  const tables = tablesOf(world)
  const answers = answersOf(failing)
  animate(tables)
  const client = {
    imports: mockImports(tables, answers),
    deals: mockDeals(tables, answers),
    retrievals: mockRetrievals(tables, answers),
    transfers: mockTransfers(tables, answers),
    shards: mockShards(tables, shard, answers),
    bulk: mockBulk(tables, answers),
    views: mockViews(tables, answers),
    pieces: mockPieces(tables, answers),
    inspect: mockInspect(answers),
    migration: mockMigration(world, answers),
    settings: mockSettings(answers),
    system: mockSystem(tables, { world, info }, answers),
  }
  return client as unknown as Client
}

/** Bytes move, as far as a person can tell. */
function animate({ imports, transfers }: MockTables): void {
  setInterval(() => {
    for (const view of imports.rows()) {
      if (view.progress?.totalBytes == null) continue
      const doneBytes = (view.progress.doneBytes + view.progress.rate * 0.05) % view.progress.totalBytes
      const etaSeconds = (view.progress.totalBytes - doneBytes) / view.progress.rate
      imports.set({ ...view, progress: { ...view.progress, doneBytes, etaSeconds } })
    }
    for (const view of transfers.rows()) {
      if (view.state !== 'running' || view.totalBytes === null) continue
      const rate = view.rate * (0.96 + Math.random() * 0.08)
      const doneBytes = (view.doneBytes + rate / 2) % view.totalBytes
      transfers.set({ ...view, rate, doneBytes, etaSeconds: (view.totalBytes - doneBytes) / rate })
    }
  }, 500)
}
