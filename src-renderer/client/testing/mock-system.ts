import type { FindEvent, FindResult, LogLine, SystemInfo, SystemStatus } from '../../../src-shared/contract/index.ts'
import { FIXTURE_INFO, statusOf } from './fixture-system.ts'
import type { FixtureWorld } from './fixture-world.ts'
import { type Answers, type MockTables, pause } from './mock-engine.ts'
import { mockFind } from './mock-find.ts'
import { MockTable } from './mock-table.ts'

export function mockSystem(
  tables: MockTables,
  { world, info }: { world: FixtureWorld; info: Partial<SystemInfo> },
  { answer }: Answers,
) {
  const logs = new MockTable<LogLine>(({ seq }) => String(seq), world.logs)
  const status = () => statusOf({ ...world, transfers: tables.transfers.rows(), shards: tables.shards.rows() })
  return {
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
  }
}

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
