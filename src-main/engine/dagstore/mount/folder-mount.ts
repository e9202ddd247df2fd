import { createReadStream } from 'node:fs'
import { join, normalize, sep } from 'node:path'
import { EngineError } from '../../base/index.ts'
import { statFile } from './file-mount.ts'
import type { Mount, MountOptions, MountStat, MountType } from './mount.ts'

const READ_BYTES = 4 * 1024 * 1024

/**
 * `fs://<name>?path=<path>`: a file inside one folder, addressed by its path there. It corresponds to the FSMount of
 * Go's dagstore, which reads from start to end only; so does this, and a transient is made.
 */
export class FolderMount implements MountType {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  fromUrl(url: string): Mount {
    const query = /^fs:\/\/[^/?#]*\?(.*)$/i.exec(url)?.[1]
    const path = query === undefined ? null : new URLSearchParams(query).get('path')
    if (path === null || path === '') throw invalid(url, 'it names no path')
    return this.#mount(path, url)
  }

  ofPath(path: string): Mount {
    const name = path.split('/').at(-1) ?? path
    return this.#mount(path, `fs://${encodeURIComponent(name)}?path=${encodeURIComponent(path)}`)
  }

  made(mount: Mount): boolean {
    return mount instanceof FileInFolder
  }

  #mount(path: string, url: string): Mount {
    const inside = normalize(path)
    if (inside.startsWith('..') || inside.startsWith(sep)) throw invalid(url, 'its path leads out of the folder')
    return new FileInFolder(join(this.#folder, inside), url)
  }
}

class FileInFolder implements Mount {
  readonly access = 'sequential'
  readonly #path: string
  readonly #url: string

  constructor(path: string, url: string) {
    this.#path = path
    this.#url = url
  }

  url(): string {
    return this.#url
  }

  stat(): Promise<MountStat> {
    return statFile(this.#path)
  }

  async *stream(from: number, options: MountOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    yield* createReadStream(this.#path, { start: from, highWaterMark: READ_BYTES, signal: options.signal })
  }
}

function invalid(url: string, why: string): EngineError {
  return new EngineError('MOUNT_INVALID', `${url} cannot be mounted: ${why}.`, { details: { url } })
}
