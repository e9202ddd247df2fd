import { createStore, type StoreApi } from 'zustand/vanilla'
import type {
  BulkRunView,
  BulkState,
  DealView,
  ImportView,
  PieceView,
  RetrievalView,
  SavedView,
  ShardView,
  SystemInfo,
  SystemStatus,
  TableEvent,
  TransferView,
} from '../../src-shared/contract/index.ts'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'
import { createLatestStore, type LatestState } from './latest-store.ts'
import { createLogStore } from './log-store.ts'
import { createRateHistory, type RateHistory } from './rate-history.ts'
import { createTableStore, type TableStore } from './table-store.ts'

/** What the window knows of the engine, kept up to date. One set for the life of the window. */
export interface Stores {
  imports: TableStore<ImportView>
  deals: TableStore<DealView>
  retrievals: TableStore<RetrievalView>
  transfers: TableStore<TransferView>
  shards: TableStore<ShardView>
  pieces: TableStore<PieceView>
  /** Work on many shards that the engine does. */
  bulk: TableStore<BulkRunView>
  /** Whether all of it waits. */
  bulkState: StoreApi<LatestState<BulkState>>
  /** Named ways to look at tables. */
  views: TableStore<SavedView>
  status: StoreApi<LatestState<SystemStatus>>
  /** null until the engine has answered for the first time. */
  info: StoreApi<{ value: SystemInfo | null }>
  rates: StoreApi<RateHistory>
  logs: ReturnType<typeof createLogStore>
}

export function createStores(client: Client, connection: Pick<Connection, 'whenOnline' | 'state'>): Stores {
  const { whenOnline } = connection
  const table = <Row>(
    idOf: (row: Row) => string,
    watch: (input: undefined, options: { signal: AbortSignal }) => Promise<AsyncIterable<TableEvent<Row>>>,
  ) => createTableStore<Row>({ idOf, whenOnline, watch: (signal) => watch(undefined, { signal }) })

  const status = createLatestStore<SystemStatus>({
    whenOnline,
    watch: (signal) => client.system.watchStatus(undefined, { signal }),
  })
  return {
    imports: table<ImportView>((row) => row.id, client.imports.watch),
    deals: table<DealView>((row) => row.dealId, client.deals.watch),
    retrievals: table<RetrievalView>((row) => row.dealId, client.retrievals.watch),
    transfers: table<TransferView>((row) => row.id, client.transfers.watch),
    shards: table<ShardView>((row) => row.key, client.shards.watch),
    pieces: table<PieceView>((row) => row.pieceCid, client.pieces.watch),
    views: table<SavedView>((row) => row.id, client.views.watch),
    bulk: table<BulkRunView>((row) => row.id, client.bulk.watch),
    bulkState: createLatestStore<BulkState>({
      whenOnline,
      watch: (signal) => client.bulk.watchState(undefined, { signal }),
    }),
    status,
    info: createInfoStore(client, connection),
    rates: createRateHistory(() => {
      const { value, live } = status.getState()
      return live && value !== null ? value.transfers : { inRate: 0, outRate: 0 }
    }),
    logs: createLogStore(client, whenOnline),
  }
}

/** Asked again at every connection: the engine that answers may be another one. */
function createInfoStore(
  client: Client,
  connection: Pick<Connection, 'state'>,
): StoreApi<{ value: SystemInfo | null }> {
  const store = createStore<{ value: SystemInfo | null }>(() => ({ value: null }))
  const ask = () => {
    if (connection.state.getState().phase !== 'online') return
    client.system.info().then(
      (value) => store.setState({ value }),
      () => undefined,
    )
  }
  connection.state.subscribe(ask)
  ask()
  return store
}
