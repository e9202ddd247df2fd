export { buildFile } from './build-file.ts'
export { buildDirectory, buildPath } from './build-folder.ts'
export { buildStream } from './build-stream.ts'
export { CidSet } from './cid-set.ts'
export { canHaveLinks, linksOf } from './dag-links.ts'
export * from './dag-sink.ts'
export { type DagSizes, dagStat } from './dag-stat.ts'
export { type DataLink, dataLinks } from './data-links.ts'
export { childValue, decodeDagPb, decodeValue } from './decode-node.ts'
export { type CarView, denseCar } from './dense-car.ts'
export { directoryLinks, findLink } from './directory-walk.ts'
export {
  type DirectoryEntry,
  type EntryPage,
  type EntryType,
  type ListOptions,
  listEntries,
  type ResolvedPath,
  type ResolveOptions,
  resolvePath,
} from './entries.ts'
export { type ExportCarOptions, type ExportedCar, exportBlocks, exportCar } from './export-car.ts'
export { type Exported, type ExportOptions, exportDag } from './export-dag.ts'
export { hashBlocksTask } from './hash-blocks.ts'
export { hashLeavesTask } from './hash-leaves.ts'
export { hashSmallFilesTask } from './hash-small-files.ts'
export { listFolderTask } from './list-folder.ts'
export * from './profiles.ts'
export { type ReadFileOptions, readFile } from './read-file.ts'
export { decodeUnixfs, type FileNode, type UnixfsNode } from './unixfs-node.ts'
export { type DagBlock, type WalkOptions, walkDag } from './walk-dag.ts'
