import type { RandomAccessReader } from '../../base/index.ts'

export interface MountStat {
  exists: boolean
  /** null where the source does not tell. */
  sizeBytes: number | null
  /** Can be read now, without costly preparation such as unsealing. */
  ready: boolean
  /** The bytes as a file on this machine; null where there is none. */
  path: string | null
}

export interface MountOptions {
  signal?: AbortSignal
}

/**
 * Port: where the CAR of a shard is. A mount holds no open resources; it is a description that can be written down as
 * a URL and made again from it.
 *
 * `random` mounts are read in place. Those that are not (`access` is `sequential`) are copied to a transient first.
 */
export interface Mount {
  readonly access: 'random' | 'sequential'
  /** Written to the shard's record. A mount made from a URL gives that URL back unchanged. */
  url(): string
  stat(options?: MountOptions): Promise<MountStat>
  /** Random access to the bytes. Only of a `random` mount. */
  open?(options?: MountOptions): Promise<MountReader>
  /**
   * The bytes from `from` to the end. Only of a `sequential` mount. With `resumable` a copy that was interrupted is
   * gone on with, also after a restart: the bytes under this URL never change.
   */
  stream?(from: number, options?: MountOptions): AsyncIterable<Uint8Array>
  readonly resumable?: boolean
}

export interface MountReader extends RandomAccessReader {
  /** The file that holds exactly these bytes, for workers that open it themselves. */
  readonly path?: string
}

/** Makes mounts of one scheme, with what they need of the program (piece sources, HTTP client) in hand. */
export interface MountType<Kind extends Mount = Mount> {
  /** MOUNT_INVALID when the URL names nothing that this scheme knows. */
  fromUrl(url: string): Kind
  /** Whether this type made the mount, or could have. */
  made(mount: Mount): boolean
}
