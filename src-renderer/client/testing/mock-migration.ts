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
