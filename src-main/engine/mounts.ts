import type { Clock } from './base/index.ts'
import {
  BytesMount,
  FileMount,
  FolderMount,
  HttpMount,
  LotusMount,
  type MountedPieces,
  MountRegistry,
} from './dagstore/index.ts'
import { HttpFiles } from './pieces/index.ts'

/**
 * Every place that a shard can be mounted from: `lotus://<piece CID>`, which Carport and Lotus write, and the schemes
 * of Go's dagstore, and CARs on web servers. Relative names, which only Go writes, start from the working directory, as there.
 */
export function mountsOver(pieces: MountedPieces, clock: Clock): MountRegistry {
  const files = new HttpFiles({ clock })
  return new MountRegistry()
    .register('lotus', new LotusMount(pieces))
    .register('file', new FileMount())
    .register('fs', new FolderMount(process.cwd()))
    .register('bytes', new BytesMount())
    .register('http', new HttpMount(files))
    .register('https', new HttpMount(files))
}
