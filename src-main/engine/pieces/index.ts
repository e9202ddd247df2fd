export { DirectoryPieceStore, type DirectoryPieceStoreOptions } from './directory-piece-store.ts'
export { type HttpFileLimits, HttpFiles, type HttpFilesOptions, type WebFileReader } from './http/http-files.ts'
export { HttpPieceSource, type HttpPieceSourceOptions } from './http/http-piece-source.ts'
export { type LotusStorageOptions, LotusStorageSource } from './lotus-storage/lotus-storage-source.ts'
export { RecordedSectorLocations, type SectorLocation, type SectorLocations } from './lotus-storage/sector-locations.ts'
export { lotusStoragePaths } from './lotus-storage/storage-paths.ts'
export { type PieceLinks, type PieceRow, PieceRows } from './piece-rows.ts'
export type {
  PieceCallOptions,
  PieceSource,
  PieceSourceKind,
  PieceStat,
  PieceState,
  PieceStore,
} from './piece-source.ts'
export { PieceSources, type PieceSourcesOptions } from './piece-sources.ts'
