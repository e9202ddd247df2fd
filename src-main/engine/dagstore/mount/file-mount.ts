import { stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { EngineError, FileReader, fromErrno, isErrnoException } from '../../base/index.ts'
import type { Mount, MountReader, MountStat, MountType } from './mount.ts'

export interface FileMountOptions {
  /** What relative names, which only Go's dagstore writes, are relative to. Default: the working directory, as in Go. */
  baseDirectory?: string
}

/**
 * `file:///absolute/path`: a local file, read in place. Go's dagstore writes the path, escaped, where the host belongs
 * (`file://%2Fsrv%2Fpiece.car`, `file://name.car`); such URLs are understood, and kept as they are.
 */
export class FileMount implements MountType {
  readonly #baseDirectory: string

  constructor(options: FileMountOptions = {}) {
    this.#baseDirectory = options.baseDirectory ?? process.cwd()
  }

  fromUrl(url: string): Mount {
    return new MountedFile(pathOfFileUrl(url, this.#baseDirectory), url)
  }

  ofPath(path: string): Mount {
    const absolute = resolve(path)
    return new MountedFile(absolute, pathToFileURL(absolute).href)
  }

  made(mount: Mount): boolean {
    return mount instanceof MountedFile
  }
}

class MountedFile implements Mount {
  readonly access = 'random'
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

  async open(): Promise<MountReader> {
    return FileReader.open(this.#path)
  }
}

export async function statFile(path: string): Promise<MountStat> {
  try {
    const found = await stat(path)
    return { exists: found.isFile(), sizeBytes: found.size, ready: true, path }
  } catch (error) {
    if (!isErrnoException(error)) throw error
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      return { exists: false, sizeBytes: null, ready: true, path: null }
    throw fromErrno(error, path)
  }
}

function pathOfFileUrl(url: string, baseDirectory: string): string {
  const rest = /^file:\/\/(.*)$/i.exec(url)?.[1]
  if (rest === undefined || rest === '') throw invalid(url, 'it names no file')
  if (rest.startsWith('/') || rest.toLowerCase().startsWith('localhost/')) {
    try {
      return fileURLToPath(url)
    } catch (cause) {
      throw invalid(url, 'it is not a valid file URL', cause)
    }
  }
  // Go's form: the whole path is in place of the host.
  let path: string
  try {
    path = decodeURIComponent(rest)
  } catch (cause) {
    throw invalid(url, 'its escapes are damaged', cause)
  }
  if (path.includes('\0')) throw invalid(url, 'a path holds no zero bytes')
  return isAbsolute(path) ? path : resolve(baseDirectory, path)
}

function invalid(url: string, why: string, cause?: unknown): EngineError {
  return new EngineError('MOUNT_INVALID', `${url} cannot be mounted: ${why}.`, { cause, details: { url } })
}
