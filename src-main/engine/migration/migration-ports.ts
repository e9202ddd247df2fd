import type { DealView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, LongWorkOptions, TaskRunner } from '../base/index.ts'
import type { Dagstore } from '../dagstore/index.ts'
import type { ForeignImport, LegacyImport } from '../imports/index.ts'
import type { HttpPieceSource, PieceSource, RecordedSectorLocations } from '../pieces/index.ts'
import type { Store } from '../store/index.ts'

/** Carport's imports, as far as they take in what Lotus imported. */
export interface ImportTaker {
  has(id: string): boolean
  /** Imports the file of an import that has no CAR, as Lotus would, under its id. SOURCE_CHANGED for another root. */
  importAgain(found: LegacyImport, options: LongWorkOptions): Promise<unknown>
  /** Copies the CAR of a linked import, and uses any other where it lies. */
  takeOver(found: ForeignImport): Promise<unknown>
}

export interface MigrationPorts {
  /** Keeps records under `/migration`. */
  store: Store
  dagstore: Pick<Dagstore, 'has' | 'registerPiece'>
  /** Carport's own piece directory. */
  ownPieces: PieceSource
  /** Piece servers that the settings name. */
  pieceServers(): ReadonlyArray<Pick<HttpPieceSource, 'baseUrl' | 'stat'>>
  locations: RecordedSectorLocations
  imports: ImportTaker
  /** Both roles'. */
  ownDeals(): DealView[]
  /** Lotus installations whose sectors are read. */
  lotusStoragePaths(): string[]
  /** Adds one to them, at once and for good. */
  addLotusStorage(directory: string): Promise<void>
  /** Renews the rows of pieces: those in sectors, and what is known of the deals on any. */
  refreshPieces(): Promise<void>
  tasks: TaskRunner
  clock: Clock
  log: Logger
}

export interface MigrationConfig {
  /** `dagstore/.shard-registration-complete`. */
  markerPath: string
  /** Where copies of metadata are made; emptied at start. */
  scratchDirectory: string
  /** Where a client's file lies now, given where Lotus noted it. Default: there. */
  resolvePath?: (path: string) => string
}
