import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, Table } from '../base/index.ts'
import type { DagSource, OpenWritableFile } from '../blockstore/index.ts'
import type { HttpClientConfig } from '../net/index.ts'
import type { Store } from '../store/index.ts'
import type { Transfers } from '../transfer/index.ts'

export interface RetrievalsPorts {
  /** Keeps records under the namespace `/retrievals`. */
  store: Store
  clock: Clock
  log: Logger
  transfers: Transfers
  /** What `from: ["local"]` reads: imports; earlier retrievals are asked as well. */
  dags: DagSource
  /** Base URL of Carport's own provider role, the default source; null when it is switched off. */
  ownProvider(): string | null
}

export interface RetrievalsConfig {
  /** `retrievals`, where `<dealId>.car` files go. */
  directory: string
  http?: Partial<HttpClientConfig>
  /** What CARs are opened with for writing. Default: the local file system. */
  openFile?: OpenWritableFile
}

export type ExportFormat = 'files' | 'car' | 'car-v2'

export interface BeginRetrieval {
  root: string
  /** A part below the root: names of entries, steps of the data model, or a selector as JSON. Default: all of it. */
  selector?: string | null
  /** Base URLs of providers, in order of preference, or "local". Empty: Carport's own provider role. */
  from: string[]
  /** Absolute path to export to once complete; null: keep the CAR only. */
  outPath: string | null
  format: ExportFormat
  overwrite: boolean
  /** Of a part as a CAR: also the nodes on the way to it, so that the CAR's root is that of the whole. */
  proof?: boolean
}

/** Where and how to export. */
export type ExportTo = Pick<BeginRetrieval, 'format' | 'overwrite' | 'proof'> & { outPath: string }

/** The client's retrievals. As a DagSource it opens the CARs of those that are done. */
export interface Retrievals extends DagSource {
  readonly table: Table<RetrievalView>
  /** Loads the records and goes on with what was interrupted; call it once the provider's listener is up. */
  start(): Promise<void>
  /** Stops promptly; unfinished retrievals go on at the next start. */
  close(): Promise<void>

  list(): RetrievalView[]
  /** RETRIEVAL_NOT_FOUND when there is none. */
  get(dealId: string): RetrievalView
  /** The contract's `start`: makes the record and begins. FILE_EXISTS when `outPath` is taken and may not be replaced. */
  begin(input: BeginRetrieval): Promise<RetrievalView>
  /** Resolves when done (and exported, where asked); rejects with the retrieval's error otherwise. */
  wait(dealId: string, signal?: AbortSignal): Promise<RetrievalView>
  cancel(dealId: string): Promise<RetrievalView>
  retry(dealId: string): Promise<RetrievalView>
  /** Exports a finished retrieval again; returns when it is written. */
  export(input: ExportTo & { dealId: string }): Promise<RetrievalView>
  remove(dealId: string): Promise<{ dealId: string; freedBytes: number }>
}
