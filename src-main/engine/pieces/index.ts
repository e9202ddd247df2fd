export { DirectoryPieceStore, type DirectoryPieceStoreOptions } from './directory-piece-store.ts'
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
export { type CommpEvent, commitmentView, Pieces, type PiecesPorts } from './pieces.ts'
