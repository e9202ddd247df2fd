import { BytesMount, FileMount, FolderMount, LotusMount, type MountedPieces, MountRegistry } from './dagstore/index.ts'

/**
 * Every place that a shard can be mounted from: `lotus://<piece CID>`, which Carport and Lotus write, and the schemes
 * of Go's dagstore. Relative names, which only Go writes, start from the working directory, as there.
 */
export function mountsOver(pieces: MountedPieces): MountRegistry {
  return new MountRegistry()
    .register('lotus', new LotusMount(pieces))
    .register('file', new FileMount())
    .register('fs', new FolderMount(process.cwd()))
    .register('bytes', new BytesMount())
}
