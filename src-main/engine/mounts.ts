import type { Clock } from './base/index.ts'
import type { Config } from './config/index.ts'
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
export function mountsOver(pieces: MountedPieces, config: Config, clock: Clock): MountRegistry {
  const limits = () => {
    const { Hosts, MaxSize, Timeout, MaxAttempts } = config.values.HttpMounts
    return { hosts: Hosts, maxSizeBytes: MaxSize, stallTimeoutMs: Timeout, attempts: MaxAttempts }
  }
  const files = new HttpFiles({ clock, limits })
  const copy = () => config.values.HttpMounts.Copy
  return new MountRegistry()
    .register('lotus', new LotusMount(pieces))
    .register('file', new FileMount())
    .register('fs', new FolderMount(process.cwd()))
    .register('bytes', new BytesMount())
    .register('http', new HttpMount(files, { copy }))
    .register('https', new HttpMount(files, { copy }))
}
