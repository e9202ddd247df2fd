import type { CID } from 'multiformats/cid'
import type { DealView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, Table, TaskRunner } from '../base/index.ts'
import type { DagSource } from '../blockstore/index.ts'
import type { DealDoor, HttpClientConfig, ListenAddress } from '../net/index.ts'
import type { Store } from '../store/index.ts'
import type { Transfers } from '../transfer/index.ts'

/** A piece whose bytes lie in the staging folder, complete, synced and checked against the deal's piece CID. */
export interface StagedPiece {
  dealId: string
  root: CID
  /** v1. */
  pieceCid: CID
  /** null below 127 bytes. */
  pieceCidV2: CID | null
  /** `deal-staging/<dealId>.car`; the receiver takes it away by rename. */
  path: string
  /** Padded. */
  pieceSize: number
  /** Bytes of the file: the dense CARv1, without the piece's padding. */
  carSize: number
}

export interface DealsPorts {
  /** Keeps records under the namespace `/deals`. */
  store: Store
  clock: Clock
  log: Logger
  tasks: TaskRunner
  transfers: Transfers
  /** Client role: what can be proposed (imports and finished retrievals). */
  dags: DagSource
  /** Client role: the import that holds a root, for the view. */
  importOf(root: string): string | null
  /** Base URL of Carport's own provider role, the default counterparty; null when it is switched off. */
  ownProvider(): string | null
  /**
   * Provider role: takes a verified piece over and makes it a shard. Called again with the same piece when a crash or
   * a failure came between, and then the file may be gone already: it has to be idempotent.
   */
  handOff(piece: StagedPiece): Promise<void>
}

export interface DealsConfig {
  /** `deal-staging`. */
  stagingDirectory: string
  /** Where the client role serves deal data while a provider pulls it. Default 127.0.0.1, any free port. */
  dataListener?: ListenAddress
  /** Base URL under which a provider reaches that listener, where it is not the address itself. */
  dataUrl?: string
  /** Bytes that have to stay free on the staging disk after a deal's data has arrived. Default 64 MiB. */
  minFreeBytes?: number
  http?: Partial<HttpClientConfig>
}

/** Storage deals, both roles. */
export interface Deals {
  readonly table: Table<DealView>
  /** What the provider's listener serves at `/deals`. */
  readonly door: DealDoor
  /** Loads the records and goes on with what was interrupted; call it once the provider's listener is up. */
  start(): Promise<void>
  /** Stops promptly; unfinished deals go on at the next start. */
  close(): Promise<void>

  list(): DealView[]
  /** DEAL_NOT_FOUND when there is none. */
  get(dealId: string): DealView
  /** BLOCK_NOT_FOUND when nothing here holds `root`; returns at once, in state preparing. */
  propose(input: { root: string; provider: string | null }): Promise<DealView>
  /** Resolves when active; rejects with the deal's error when it failed or was cancelled. */
  wait(dealId: string, signal?: AbortSignal): Promise<DealView>
  cancel(dealId: string): Promise<DealView>
  retry(dealId: string): Promise<DealView>
  remove(dealId: string): Promise<{ dealId: string }>
  /** Ids of the deals on a piece (v1), both roles. */
  dealsOfPiece(pieceCid: string): string[]
}
