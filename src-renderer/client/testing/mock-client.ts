import { ORPCError } from '@orpc/client'
import type {
  CarVerdict,
  DealView,
  FindEvent,
  FindResult,
  ImportView,
  LogLine,
  PieceView,
  RetrievalView,
  SavedView,
  ShardView,
  SystemInfo,
  SystemStatus,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import type { Client } from '../client.ts'
import { errorOf, FIXTURE_INFO, FIXTURE_SETTINGS, type FixtureWorld, statusOf } from './fixture-views.ts'

import { mockAudit } from './mock-audit.ts'
import { MockBulk } from './mock-bulk.ts'
import { mockFind } from './mock-find.ts'
import { mockHistory } from './mock-history.ts'
import type { MockShard } from './mock-shard.ts'
import { MockTable } from './mock-table.ts'

export interface MockOptions {
  world: FixtureWorld
  shard: MockShard
  info?: Partial<SystemInfo>
  /** Every call fails; every table stays unknown. */
  failing?: boolean
}

const FIXTURE_VIEWS: SavedView[] = [
  {
    id: 'large',
    table: 'shards',
    name: 'Large and sealed',
    look: {
      ...{ chip: 'errored', query: 'sealed', sort: { column: 'size', descending: true } },
      ...{ widths: {}, visible: { url: true, lazy: true } },
    },
  },
  {
    id: 'served',
    table: 'shards',
    name: 'Being read',
    look: { chip: 'serving', query: '', sort: { column: 'readers', descending: true }, widths: {}, visible: {} },
  },
]

/** The contract answered from fixtures, for looking at the window without an engine. Progress moves; little else does. */
export function createMockClient({ world, shard, info, failing = false }: MockOptions): Client {
  const tables = {
    imports: new MockTable<ImportView>(({ id }) => id, world.imports),
    deals: new MockTable<DealView>(({ dealId }) => dealId, world.deals),
    retrievals: new MockTable<RetrievalView>(({ dealId }) => dealId, world.retrievals),
    transfers: new MockTable<TransferView>(({ id }) => id, world.transfers),
    shards: new MockTable<ShardView>(({ key }) => key, world.shards),
    pieces: new MockTable<PieceView>(({ pieceCid }) => pieceCid, world.pieces),
  }
  const bulk = new MockBulk(tables.shards)
  const views = new MockTable<SavedView>(({ id }) => id, FIXTURE_VIEWS)
  const logs = new MockTable<LogLine>(({ seq }) => String(seq), world.logs)
  const status = () => statusOf({ ...world, transfers: tables.transfers.rows(), shards: tables.shards.rows() })
  animate(tables)

  /** An answer after the time that a real one takes. */
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    await pause(60)
    if (failing) fail('IO_ERROR', 'The disk that holds the data directory does not answer.')
    return value()
  }
  const watch =
    <Row>(table: MockTable<Row>) =>
    (_: unknown, options?: { signal?: AbortSignal }) =>
      answer(() => table.watch(options?.signal))
  const found = <Value>(value: Value | undefined, code: ErrorCode): Value =>
    value ?? fail(code, 'It is not there any more.')
  const change = <Row>(table: MockTable<Row>, id: string, code: ErrorCode, update: Partial<Row>) =>
    answer(() => table.set({ ...found(table.get(id), code), ...update }))

  const client = {
    imports: {
      list: () => answer(() => tables.imports.rows()),
      get: ({ id }: { id: string }) => answer(() => found(tables.imports.get(id), 'IMPORT_NOT_FOUND')),
      watch: watch(tables.imports),
      start: () => answer(() => tables.imports.rows()[0]),
      wait: ({ id }: { id: string }) => answer(() => found(tables.imports.get(id), 'IMPORT_NOT_FOUND')),
      cancel: ({ id }: { id: string }) =>
        change(tables.imports, id, 'IMPORT_NOT_FOUND', { state: 'failed', progress: null }),
      retry: ({ id }: { id: string }) => change(tables.imports, id, 'IMPORT_NOT_FOUND', { state: 'importing' }),
      drop: ({ ids }: { ids: string[] }) =>
        answer(() =>
          ids.map((id) => {
            tables.imports.delete(id)
            return { id, deleted: [`${id}.car`], kept: [] }
          }),
        ),
      check: () => answer(() => ({ checked: 16, ok: 13, attention: 1, broken: 2, items: [] })),
      relink: ({ id }: { id: string }) =>
        change(tables.imports, id, 'IMPORT_NOT_FOUND', { health: 'ok', problem: null }),
      reimport: ({ id }: { id: string }) =>
        change(tables.imports, id, 'IMPORT_NOT_FOUND', { state: 'importing', problem: null }),
      materialise: ({ id }: { id: string }) =>
        change(tables.imports, id, 'IMPORT_NOT_FOUND', { kind: 'self-contained' }),
      stat: ({ root }: { root: string }) =>
        answer(() => ({
          root,
          payloadSize: 4.21 * 2 ** 30,
          carSize: 4_523_000_000,
          pieceSize: 2 ** 33,
          blockCount: 4312,
        })),
    },
    deals: {
      list: () => answer(() => tables.deals.rows()),
      get: ({ dealId }: { dealId: string }) => answer(() => found(tables.deals.get(dealId), 'DEAL_NOT_FOUND')),
      watch: watch(tables.deals),
      propose: () => answer(() => tables.deals.rows()[0]),
      wait: ({ dealId }: { dealId: string }) => answer(() => found(tables.deals.get(dealId), 'DEAL_NOT_FOUND')),
      cancel: ({ dealId }: { dealId: string }) =>
        change(tables.deals, dealId, 'DEAL_NOT_FOUND', { state: 'cancelled', progress: null }),
      retry: ({ dealId }: { dealId: string }) =>
        change(tables.deals, dealId, 'DEAL_NOT_FOUND', { state: 'preparing', error: null }),
      remove: ({ dealId }: { dealId: string }) =>
        answer(() => {
          tables.deals.delete(dealId)
          return { dealId }
        }),
    },
    retrievals: {
      list: () => answer(() => tables.retrievals.rows()),
      get: ({ dealId }: { dealId: string }) =>
        answer(() => found(tables.retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
      watch: watch(tables.retrievals),
      start: () => answer(() => tables.retrievals.rows()[0]),
      wait: ({ dealId }: { dealId: string }) =>
        answer(() => found(tables.retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
      cancel: ({ dealId }: { dealId: string }) =>
        change(tables.retrievals, dealId, 'RETRIEVAL_NOT_FOUND', { state: 'cancelled', progress: null }),
      retry: ({ dealId }: { dealId: string }) =>
        change(tables.retrievals, dealId, 'RETRIEVAL_NOT_FOUND', { state: 'transferring', error: null }),
      export: ({ dealId }: { dealId: string }) =>
        answer(() => found(tables.retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
      remove: ({ dealId }: { dealId: string }) =>
        answer(() => {
          tables.retrievals.delete(dealId)
          return { dealId, freedBytes: 2 ** 31 }
        }),
    },
    transfers: {
      list: () => answer(() => tables.transfers.rows()),
      get: ({ id }: { id: string }) => answer(() => found(tables.transfers.get(id), 'TRANSFER_NOT_FOUND')),
      watch: watch(tables.transfers),
      pause: ({ id }: { id: string }) =>
        change(tables.transfers, id, 'TRANSFER_NOT_FOUND', { state: 'paused', message: 'Paused by you' }),
      resume: ({ id }: { id: string }) =>
        change(tables.transfers, id, 'TRANSFER_NOT_FOUND', {
          state: 'running',
          message: 'Sending blocks',
          rate: 64 << 20,
        }),
      cancel: ({ id }: { id: string }) => change(tables.transfers, id, 'TRANSFER_NOT_FOUND', { state: 'cancelled' }),
      restart: ({ id }: { id: string }) =>
        change(tables.transfers, id, 'TRANSFER_NOT_FOUND', { state: 'queued', error: null }),
    },
    shards: {
      list: () => answer(() => tables.shards.rows()),
      get: ({ key }: { key: string }) =>
        answer(() => {
          const view = found(tables.shards.get(key), 'SHARD_NOT_FOUND')
          return {
            ...view,
            blockCount: view.indexBytes === null ? null : Math.round(view.indexBytes / 40),
            indexCodec: view.indexBytes === null ? null : 'MultihashIndexSorted (0x0401)',
            waiting: 0,
            attempts: mockHistory(view),
            copies: [
              {
                kind: 'piece',
                path: `/home/ada/.carport/pieces/${key}.car`,
                sizeBytes: view.sizeBytes,
                exists: view.state !== 'Errored',
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
            deals: tables.deals
              .rows()
              .filter(({ pieceCid }) => pieceCid === key)
              .map(({ dealId }) => dealId),
          }
        }),
      watch: watch(tables.shards),
      register: ({ key }: { key: string }) =>
        answer(() => ({ ...(tables.shards.rows()[0] as ShardView), key, state: 'New' })),
      initialize: ({ key }: { key: string }) =>
        change(tables.shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null }),
      recover: async ({ key }: { key: string }) => {
        await pause(300)
        if (key.charCodeAt(key.length - 1) % 3 === 0) fail('PIECE_NOT_FOUND', `No source has piece ${key}.`)
        return change(tables.shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null })
      },
      reindex: ({ key }: { key: string }) =>
        change(tables.shards, key, 'SHARD_NOT_FOUND', { state: 'Available', error: null }),
      destroy: ({ key }: { key: string }) =>
        answer(() => {
          const view = found(tables.shards.get(key), 'SHARD_NOT_FOUND')
          tables.shards.delete(key)
          return view
        }),
      initializeAll: ({ dryRun = false }: { dryRun?: boolean }) => answer(() => initializeAll(tables.shards, dryRun)),
      gc: () =>
        answer(() => {
          const idle = tables.shards
            .rows()
            .filter(({ transientPath, readers }) => transientPath !== null && readers === 0)
          return {
            shards: idle.map(({ key, sizeBytes }) => ({ key, error: null, freedBytes: sizeBytes ?? 0 })),
            freedBytes: idle.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
          }
        }),
      audit: ({ key }: { key: string }) => answer(() => mockAudit(key)),
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
    },
    bulk: {
      state: () => answer(() => bulk.state),
      pauseAll: () => answer(() => bulk.holdAll('resume')),
      resumeAll: () => answer(() => bulk.holdAll(null)),
      gather: ({ keys }: { keys: string[] }) => answer(() => ({ selectionId: 'many', count: keys.length })),
      plan: (input: Parameters<MockBulk['plan']>[0]) => answer(() => bulk.plan(input)),
      planned: (input: Parameters<MockBulk['planned']>[0]) => answer(() => bulk.planned(input)),
      start: (input: Parameters<MockBulk['start']>[0]) => answer(() => bulk.start(input)),
      list: () => answer(() => bulk.table.rows()),
      watch: watch(bulk.table),
      pause: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'paused', etaSeconds: null })),
      resume: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'running' })),
      stop: ({ runId }: { runId: string }) => answer(() => bulk.change(runId, { state: 'stopping' })),
      setConcurrency: ({ runId, concurrency }: { runId: string; concurrency: number }) =>
        answer(() => bulk.change(runId, { concurrency })),
      failures: (input: Parameters<MockBulk['failures']>[0]) => answer(() => bulk.failures(input)),
      dismiss: ({ runId }: { runId: string }) => answer(() => bulk.dismiss(runId)),
    },
    views: {
      list: () => answer(() => views.rows()),
      watch: watch(views),
      save: (view: SavedView) => answer(() => views.set({ ...view, id: view.id ?? String(views.rows().length) })),
      remove: ({ id }: { id: string }) =>
        answer(() => {
          const view = views.get(id)
          views.delete(id)
          return view
        }),
    },
    pieces: {
      list: () => answer(() => tables.pieces.rows()),
      get: ({ pieceCid }: { pieceCid: string }) => answer(() => found(tables.pieces.get(pieceCid), 'PIECE_NOT_FOUND')),
      watch: watch(tables.pieces),
      add: () => answer(() => tables.pieces.rows()[0]),
      commp: () => fail('UNSUPPORTED', 'Not in this window.'),
      remove: ({ pieceCid }: { pieceCid: string }) =>
        answer(() => {
          tables.pieces.delete(pieceCid)
          return { pieceCid, freedBytes: 2 ** 34 }
        }),
    },
    inspect: {
      inspect: () => answer(() => INSPECTION),
      verify: ({ path }: { path: string }) => answer(() => verification(path)),
      repair: ({ outPath }: { outPath: string }) =>
        answer(() => ({ outPath, actions: ['cut off 3.2 KiB', 'built the index'], verdict: verdictOf(outPath, true) })),
    },
    migration: {
      plan: () => answer(() => migrationPlan(world)),
      run: () => answer(() => migrationRun(world)),
      status: () =>
        answer(() => ({
          complete: true,
          markerPath: '/home/ada/.carport/dagstore/.shard-registration-complete',
          running: false,
          records: [
            {
              source: 'own',
              state: 'done',
              startedAt: new Date(Date.now() - 9e8).toISOString(),
              endedAt: new Date(Date.now() - 8.9e8).toISOString(),
              registered: 0,
              present: 0,
              imported: 0,
              failures: [],
              failedCount: 0,
              error: null,
            },
          ],
          lotusStoragePaths: [],
        })),
    },
    settings: {
      show: () => answer(() => ({ path: '/home/ada/.carport/config.toml', settings: FIXTURE_SETTINGS })),
      set: ({ key, value }: { key: string; value: string }) =>
        answer(() => {
          if (value === '') fail('INVALID_CONFIG', `${key} must not be empty.`)
          return {
            ...found(
              FIXTURE_SETTINGS.find((each) => each.key === key),
              'INVALID_CONFIG',
            ),
            value,
            source: 'file',
          }
        }),
    },
    system: {
      info: () => answer(() => ({ ...FIXTURE_INFO, ...info })),
      status: () => answer(status),
      watchStatus: () => answer(() => repeated(status)),
      describePaths: ({ paths }: { paths: string[] }) =>
        answer(() =>
          paths.map((path) => ({
            path,
            kind: path.endsWith('.car')
              ? 'car'
              : path.endsWith('/')
                ? 'directory'
                : path.includes('nothing')
                  ? 'missing'
                  : 'file',
            sizeBytes: 4.2 * 2 ** 30,
            fileCount: path.endsWith('/') ? 10_212 : 1,
            message: path.includes('nothing') ? `${path} is not there.` : null,
          })),
        ),
      find: ({ text }: { text: string }) =>
        answer(() => mockFind(text, { imports: tables.imports.rows(), shards: tables.shards.rows() })),
      watchFind: ({ text }: { text: string }) =>
        answer(() => foundAtOnce(mockFind(text, { imports: tables.imports.rows(), shards: tables.shards.rows() }))),
      pickPaths: () => answer(() => ['/srv/footage/harbour-at-dawn.mkv', '/srv/datasets/sentinel-2/']),
      pickSavePath: ({ suggestedName }: { suggestedName: string }) => answer(() => `/home/ada/${suggestedName}`),
      reveal: () => answer(() => ({})),
      logs: () => answer(() => logs.rows()),
      watchLogs: () => answer(() => never()),
    },
  }
  return client as unknown as Client
}

function fail(code: ErrorCode, message: string): never {
  throw new ORPCError('ENGINE', { defined: true, message, data: errorOf(code, message) })
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function* repeated(value: () => SystemStatus): AsyncGenerator<SystemStatus, void, void> {
  while (true) {
    yield value()
    await pause(1000)
  }
}

async function* foundAtOnce(result: FindResult): AsyncGenerator<FindEvent, void, void> {
  yield { type: 'done', result }
}

async function* never(): AsyncGenerator<LogLine, void, void> {
  await new Promise(() => undefined)
}

interface MovingTables {
  imports: MockTable<ImportView>
  transfers: MockTable<TransferView>
}

/** Bytes move, as far as a person can tell. */
function animate({ imports, transfers }: MovingTables): void {
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

async function* migrationPlan({ pieces, imports }: FixtureWorld) {
  yield {
    type: 'progress' as const,
    progress: { phase: 'Reading deals', doneBytes: 4e7, totalBytes: 1e8, rate: 3e7, etaSeconds: 2 },
  }
  await pause(300)
  yield migrationRows({ pieces, imports })
  yield {
    type: 'done' as const,
    warnings: ['The sectors below /mnt/seal-3 cannot be reached now; their shards are registered all the same.'],
    storagePaths: ['/mnt/seal-1', '/mnt/seal-3'],
  }
}

function migrationRows({ pieces, imports }: Pick<FixtureWorld, 'pieces' | 'imports'>) {
  return {
    type: 'rows' as const,
    shards: pieces.map(({ pieceCid, state, hasShard }, at) => ({
      key: pieceCid,
      action:
        at % 11 === 5 ? ('skip' as const) : hasShard && at % 3 === 0 ? ('present' as const) : ('register' as const),
      reason:
        at % 11 === 5
          ? 'Its only deal has ended.'
          : state === 'sealed-only'
            ? 'Only a sealed copy exists; it has to be unsealed first.'
            : null,
      pieceState: state,
    })),
    deals: pieces.map(({ pieceCid, pieceSize }, at) => ({
      proposalCid: `bafyreia${at}`,
      pieceCid,
      state: 7,
      stateName: at % 11 === 5 ? 'StorageDealExpired' : 'StorageDealActive',
      eligible: at % 11 !== 5,
      reason: at % 11 === 5 ? 'Ended deals are not served.' : null,
      dealId: String(5_000_000 + at),
      pieceSize: pieceSize ?? 2 ** 30,
    })),
    imports: imports.slice(0, 6).map(({ id, root, source, carPath }, at) => ({
      id,
      root,
      source,
      carPath,
      verdict: at === 2 ? ('legacy' as const) : ('good' as const),
      reason: at === 2 ? 'Made before Lotus had CARv2.' : null,
      present: at === 4,
    })),
  }
}

async function* migrationRun(world: FixtureWorld) {
  yield migrationRows(world)
  for (let current = 1; current <= 30; current++) {
    await pause(60)
    yield { type: 'shard' as const, key: '', outcome: 'registered' as const, error: null, current, total: 30 }
  }
  const registered = world.pieces.slice(0, 29).map(({ pieceCid }) => pieceCid)
  const failed = world.pieces
    .slice(29, 30)
    .map(({ pieceCid }) => ({ key: pieceCid, error: 'The shard exists with another mount.' }))
  yield {
    type: 'done' as const,
    warnings: [],
    storagePaths: [],
    report: { registered, present: 11, failed, imported: ['1', '2'], importsFailed: [] },
  }
}

async function* verification(path: string) {
  const totalBytes = 29.8 * 2 ** 30
  for (let step = 0; step < 6; step++) {
    yield {
      type: 'progress' as const,
      progress: {
        phase: 'Checking blocks',
        doneBytes: (totalBytes * step) / 6,
        totalBytes,
        rate: 1.1 * 2 ** 30,
        etaSeconds: 27 - step * 4,
      },
    }
    await pause(path.includes('slow') ? 3000 : 60)
  }
  yield { type: 'done' as const, verdict: verdictOf(path, !path.includes('broken')) }
}

function verdictOf(path: string, ok: boolean): CarVerdict {
  const root = 'bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34'
  return {
    ok,
    verdict: ok
      ? 'This CAR is good. Every block matches its hash, nothing is missing below the root, and the index agrees.'
      : 'This CAR was cut off. 30,498 blocks before the cut are whole; the index was never written. Repair keeps the whole blocks and builds the index.',
    path,
    version: 2,
    roots: [root],
    missingRoots: [],
    blockCount: 30_514,
    payloadBytes: 29.8 * 2 ** 30,
    fileBytes: 31_997_212_004,
    trailingZeroBytes: ok ? 4096 : 0,
    dagComplete: ok,
    missingBlocks: ok ? [] : Array.from({ length: 16 }, () => root),
    index: ok ? 'ok' : 'absent',
    problems: ok
      ? []
      : [
          {
            code: 'CAR_TRUNCATED',
            message: 'The section at byte 31,996,102,144 ends 3.2 KiB after the end of the file.',
            offset: 31_996_102_144,
          },
          { code: 'CAR_UNFINALIZED', message: 'The header says that the file was not finished.', offset: 11 },
        ],
    pieceCid: 'baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq',
    pieceCidV2: 'bafkzcibcaapao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq',
    pieceSize: 2 ** 35,
    repairs: ok ? [] : ['truncate', 'rebuild-index', 'finalize'],
  }
}

const INSPECTION = {
  version: 2,
  roots: ['bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34'],
  rootsPresent: true,
  blockCount: 30_514,
  blockLength: { min: 36, mean: 1_047_912, max: 1_048_576 },
  cidLength: { min: 36, mean: 36, max: 36 },
  codecs: { raw: 30_482, 'dag-pb': 32 },
  multihashes: { 'sha2-256': 30_514 },
  payloadOffset: 51,
  payloadBytes: 29.8 * 2 ** 30,
  indexOffset: 31_995_002_011,
  indexCodec: 'MultihashIndexSorted',
  fullyIndexed: true,
  finalized: true,
  trailingZeroBytes: 4096,
  isReferenceCar: false,
}
