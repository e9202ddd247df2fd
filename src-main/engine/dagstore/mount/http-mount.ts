import { EngineError, type RandomAccessReader } from '../../base/index.ts'
import type { Mount, MountOptions, MountReader, MountStat, MountType, StreamOptions } from './mount.ts'
import { streamReader } from './stream-reader.ts'

/** Port: files behind http: and https: URLs. */
export interface RemoteFiles {
  /** null when the server does not have it. */
  stat(url: string, options?: { signal?: AbortSignal }): Promise<{ sizeBytes: number; version: string } | null>
  /** Reads of one reader are all of one version: FILE_CHANGED where the server has another by now. */
  open(url: string, options?: { signal?: AbortSignal }): Promise<RemoteFile>
}

export interface RemoteFile extends RandomAccessReader {
  readonly version: string
  /** Whether going back is possible without beginning anew. */
  readonly seekable: boolean
}

export interface HttpMountOptions {
  /** Copy every file to a transient instead of reading it in place. Default: never. */
  copy?: () => boolean
}

/**
 * `http://…` or `https://…`: a CAR on a web server, read in place by ranges; copied to a transient where the server has
 * no ranges, or where that is wished. Register one of each scheme. URLs with a user or password are refused: records
 * are not the place for secrets.
 */
export class HttpMount implements MountType {
  readonly #files: RemoteFiles
  readonly #copy: () => boolean

  constructor(files: RemoteFiles, { copy = () => false }: HttpMountOptions = {}) {
    this.#files = files
    this.#copy = copy
  }

  fromUrl(url: string): Mount {
    const problem = problemOf(url)
    if (problem !== null)
      throw new EngineError('MOUNT_INVALID', `${shown(url)} cannot be mounted: ${problem}.`, {
        details: { url: shown(url) },
      })
    return new MountedUrl(this.#files, url, this.#copy)
  }

  made(mount: Mount): boolean {
    return mount instanceof MountedUrl
  }
}

class MountedUrl implements Mount {
  readonly resumable = true
  readonly #files: RemoteFiles
  readonly #url: string
  readonly #copy: () => boolean

  constructor(files: RemoteFiles, url: string, copy: () => boolean) {
    this.#files = files
    this.#url = url
    this.#copy = copy
  }

  get access(): 'sequential' | 'either' {
    return this.#copy() ? 'sequential' : 'either'
  }

  url(): string {
    return this.#url
  }

  async stat(options?: MountOptions): Promise<MountStat> {
    const found = await this.#files.stat(this.#url, options)
    if (found === null) return { exists: false, sizeBytes: null, ready: true, path: null }
    return { exists: true, ...found, ready: true, path: null }
  }

  async open(options?: MountOptions): Promise<MountReader | null> {
    const file = await this.#files.open(this.#url, options)
    if (file.seekable) return file
    await file.close()
    return null
  }

  async *stream(from: number, options: StreamOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const file = await this.#files.open(this.#url, options)
    try {
      if (options.version !== undefined && file.version !== options.version)
        throw new EngineError('FILE_CHANGED', `${this.#url} changed while it was copied.`, {
          details: { url: this.#url },
        })
      yield* streamReader(file, from, options.signal)
    } finally {
      await file.close()
    }
  }
}

function problemOf(url: string): string | null {
  if (!URL.canParse(url)) return 'it is not a valid URL'
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return 'it is not an address on the web'
  if (hostname === '') return 'it names no server'
  return username === '' && password === '' ? null : 'it holds a user name or password'
}

function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@')
}
