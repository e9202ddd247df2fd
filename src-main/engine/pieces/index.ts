export { DirectoryPieceStore, type DirectoryPieceStoreOptions, type PieceLinks } from './directory-piece-store.ts'
export type {
  PieceCallOptions,
  PieceSource,
  PieceSourceKind,
  PieceStat,
  PieceState,
  PieceStore,
} from './piece-source.ts'
export { PieceSources, type PieceSourcesOptions } from './piece-sources.ts'
