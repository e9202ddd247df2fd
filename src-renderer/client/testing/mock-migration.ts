import type { PieceView } from '../../../src-shared/contract/index.ts'
import type { FixtureWorld } from './fixture-world.ts'
import { type Answers, pause } from './mock-engine.ts'

export function mockMigration(world: FixtureWorld, { answer }: Answers) {
  return {
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
            unreadable: 0,
            present: 0,
            imported: 0,
            failures: [],
            failedCount: 0,
            error: null,
          },
        ],
        lotusStoragePaths: [],
      })),
  }
}

async function* migrationPlan({ pieces, imports }: FixtureWorld) {
  yield {
    type: 'progress' as const,
    progress: { phase: 'Reading deals', doneBytes: 4e7, totalBytes: 1e8, rate: 3e7, etaSeconds: 2 },
  }
  await pause(300)
  const rows = migrationRows({ pieces, imports })
  yield rows
  yield {
    type: 'done' as const,
    summary: summaryOf(rows),
    warnings: ['The sectors below /mnt/seal-3 cannot be reached now; their shards are registered all the same.'],
    storagePaths: ['/mnt/seal-1', '/mnt/seal-3'],
  }
}

/** Why a piece cannot be read yet. */
const UNREADABLE: Record<PieceView['state'], string | null> = {
  unsealed: null,
  'sealed-only':
    "Lotus' storage has sector 7 sealed only; it is not among Carport's own pieces. Have it unsealed, or add an unsealed copy of the piece.",
  missing:
    "Lotus' storage has no file of sector 7 (/mnt/seal-1, /mnt/seal-3); it is not among Carport's own pieces. Add the piece, or name a storage path or a piece server that has it.",
}

function migrationRows({ pieces, imports }: Pick<FixtureWorld, 'pieces' | 'imports'>) {
  return {
    type: 'rows' as const,
    shards: pieces.map(({ pieceCid, state, hasShard }, at) => ({
      key: pieceCid,
      action:
        at % 11 === 5 ? ('skip' as const) : hasShard && at % 3 === 0 ? ('present' as const) : ('register' as const),
      reason: at % 11 === 5 ? 'Its only deal has ended.' : UNREADABLE[state],
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
      action: at === 2 ? ('skip' as const) : at === 4 ? ('present' as const) : ('take-over' as const),
      reason: at === 2 ? 'Made before Lotus had CARv2.' : null,
      present: at === 4,
    })),
  }
}

type Rows = ReturnType<typeof migrationRows>

function summaryOf({ shards, deals, imports }: Rows) {
  const of = (action: string) => shards.filter((shard) => shard.action === action).length
  const ofImports = (action: string) => imports.filter((each) => each.action === action).length
  return {
    deals: { total: deals.length, eligible: deals.filter(({ eligible }) => eligible).length },
    shards: {
      ...{ register: of('register'), present: of('present'), skip: of('skip'), fail: 0 },
      unreadable: unreadable({ shards }).length,
    },
    imports: { ...{ takeOver: ofImports('take-over'), importAgain: 0 }, present: ofImports('present'), skip: 1 },
  }
}

function unreadable({ shards }: Pick<Rows, 'shards'>) {
  return shards.filter(({ action, pieceState }) => action === 'register' && pieceState !== 'unsealed')
}

async function* migrationRun(world: FixtureWorld) {
  const rows = migrationRows(world)
  yield rows
  const planned = rows.shards.filter(({ action }) => action === 'register').map(({ key }) => key)
  const [refused, ...registered] = planned
  const total = planned.length
  for (const [at, key] of planned.entries()) {
    if (at % Math.ceil(total / 30) === 0) await pause(60)
    yield { type: 'shard' as const, key, outcome: 'registered' as const, error: null, current: at + 1, total }
  }
  const failed = refused === undefined ? [] : [{ key: refused, error: 'The shard exists with another mount.' }]
  yield {
    type: 'done' as const,
    summary: summaryOf(rows),
    warnings: [],
    storagePaths: [],
    report: {
      registered,
      unreadable: unreadable(rows).map(({ key, reason }) => ({ key, reason })),
      present: rows.shards.filter(({ action }) => action === 'present').length,
      failed,
      imported: ['1', '2'],
      importsFailed: [],
    },
  }
}
