import { EngineError, type RandomAccessReader } from '../../base/index.ts'
import type { Mount, MountOptions, MountReader, MountStat, MountType } from './mount.ts'

/** Port: files behind http: and https: URLs. */
export interface RemoteFiles {
  /** null when the server does not have it. */
  stat(url: string, options?: { signal?: AbortSignal }): Promise<{ sizeBytes: number } | null>
  open(url: string, options?: { signal?: AbortSignal }): Promise<RandomAccessReader>
}

/**
 * `http://…` or `https://…`: a CAR on a web server, read in place by ranges. Register one of each scheme. URLs with a
 * user or password are refused: records are not the place for secrets.
 */
export class HttpMount implements MountType {
  readonly #files: RemoteFiles

  constructor(files: RemoteFiles) {
    this.#files = files
  }

  fromUrl(url: string): Mount {
    const problem = problemOf(url)
    if (problem !== null)
      throw new EngineError('MOUNT_INVALID', `${shown(url)} cannot be mounted: ${problem}.`, {
        details: { url: shown(url) },
      })
    return new RemoteFile(this.#files, url)
  }

  made(mount: Mount): boolean {
    return mount instanceof RemoteFile
  }
}

class RemoteFile implements Mount {
  readonly access = 'random'
  readonly #files: RemoteFiles
  readonly #url: string

  constructor(files: RemoteFiles, url: string) {
    this.#files = files
    this.#url = url
  }

  url(): string {
    return this.#url
  }

  async stat(options?: MountOptions): Promise<MountStat> {
    const found = await this.#files.stat(this.#url, options)
    return { exists: found !== null, sizeBytes: found?.sizeBytes ?? null, ready: true, path: null }
  }

  open(options?: MountOptions): Promise<MountReader> {
    return this.#files.open(this.#url, options)
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
