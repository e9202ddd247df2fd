import { ORPCError } from '@orpc/client'
import type {
  DealView,
  ImportView,
  PieceView,
  RetrievalView,
  SavedView,
  ShardView,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { FIXTURE_VIEWS } from './fixture-saved-views.ts'
import { errorOf } from './fixture-values.ts'
import type { FixtureWorld } from './fixture-world.ts'
import { MockTable } from './mock-table.ts'

export type MockTables = ReturnType<typeof tablesOf>

export function tablesOf(world: FixtureWorld) {
  return {
    imports: new MockTable<ImportView>(({ id }) => id, world.imports),
    deals: new MockTable<DealView>(({ dealId }) => dealId, world.deals),
    retrievals: new MockTable<RetrievalView>(({ dealId }) => dealId, world.retrievals),
    transfers: new MockTable<TransferView>(({ id }) => id, world.transfers),
    shards: new MockTable<ShardView>(({ key }) => key, world.shards),
    pieces: new MockTable<PieceView>(({ pieceCid }) => pieceCid, world.pieces),
    views: new MockTable<SavedView>(({ id }) => id, FIXTURE_VIEWS),
  }
}

/** What every topic of the mock answers with. */
export interface Answers {
  /** After the time that a real answer takes; fails where every call does. */
  answer: <Value>(value: () => Value) => Promise<Value>
  watch: <Row>(
    table: MockTable<Row>,
  ) => (input: unknown, options?: { signal?: AbortSignal }) => Promise<ReturnType<MockTable<Row>['watch']>>
  /** A row with some of it changed. */
  change: <Row>(table: MockTable<Row>, id: string, code: ErrorCode, update: Partial<Row>) => Promise<Row>
}

export function answersOf(failing: boolean): Answers {
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    await pause(60)
    if (failing) fail('IO_ERROR', 'The disk that holds the data directory does not answer.')
    return value()
  }
  return {
    answer,
    watch: (table) => (_, options) => answer(() => table.watch(options?.signal)),
    change: (table, id, code, update) => answer(() => table.set({ ...found(table.get(id), code), ...update })),
  }
}

export function found<Value>(value: Value | undefined, code: ErrorCode): Value {
  return value ?? fail(code, 'It is not there any more.')
}

export function fail(code: ErrorCode, message: string): never {
  throw new ORPCError('ENGINE', { defined: true, message, data: errorOf(code, message) })
}

export const pause = (ms: number): Promise<void> => new Promise<void>((resolve) => setTimeout(resolve, ms))
