import type { RandomAccessReader } from '../../base/index.ts'

export interface MountStat {
  exists: boolean
  /** null where the source does not tell. */
  sizeBytes: number | null
  /** Can be read now, without costly preparation such as unsealing. */
  ready: boolean
  /** The bytes as a file on this machine; null where there is none. */
  path: string | null
  /** Differs where the bytes do; absent where bytes under one URL never change, or changes do not show. */
  version?: string
}

export interface MountOptions {
  signal?: AbortSignal
}

export interface StreamOptions extends MountOptions {
  /** The version that `from` belongs to. FILE_CHANGED where the source has another by now. */
  version?: string
}

/**
 * Port: where the CAR of a shard is. A mount holds no open resources; it is a description that can be written down as
 * a URL and made again from it.
 *
 * `random` mounts are read in place, `sequential` ones are copied to a transient first. Of `either` it turns out when
 * they are opened.
 */
export interface Mount {
  readonly access: 'random' | 'sequential' | 'either'
  /** Written to the shard's record. A mount made from a URL gives that URL back unchanged. */
  url(): string
  stat(options?: MountOptions): Promise<MountStat>
  /** Random access to the bytes; null where an `either` mount is to be copied. Not of a `sequential` mount. */
  open?(options?: MountOptions): Promise<MountReader | null>
  /**
   * The bytes from `from` to the end. Not of a `random` mount. With `resumable` a copy that was interrupted is gone on
   * with, also after a restart, as long as `stat` gives the same version or none.
   */
  stream?(from: number, options?: StreamOptions): AsyncIterable<Uint8Array>
  readonly resumable?: boolean
}

/** Padded bytes of a file. */
export interface PaddedPart {
  readonly offset: number
  readonly length: number
}

export interface MountReader extends RandomAccessReader {
  /** The file that holds exactly these bytes, for workers that open it themselves. */
  readonly path?: string
  /** Where in its backing file these bytes are fr32-padded, likewise. */
  readonly padded?: PaddedPart
  /** Of these bytes, as in `MountStat`. */
  readonly version?: string
}

/** Makes mounts of one scheme, with what they need of the program (piece sources, HTTP client) in hand. */
export interface MountType<Kind extends Mount = Mount> {
  /** MOUNT_INVALID when the URL names nothing that this scheme knows. */
  fromUrl(url: string): Kind
  /** Whether this type made the mount, or could have. */
  made(mount: Mount): boolean
}
