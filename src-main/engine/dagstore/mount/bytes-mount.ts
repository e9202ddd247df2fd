import { EngineError, MemoryReader } from '../../base/index.ts'
import type { Mount, MountReader, MountStat, MountType } from './mount.ts'

/** `bytes://<base64>`: the bytes are in the URL itself. Go's dagstore has it; for small things. */
export class BytesMount implements MountType {
  fromUrl(url: string): Mount {
    const encoded = /^bytes:\/\/([^?#]*)$/i.exec(url)?.[1]
    if (encoded === undefined) throw invalid(url)
    let base64: string
    try {
      base64 = decodeURIComponent(encoded)
    } catch {
      throw invalid(url)
    }
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw invalid(url)
    return new MountedBytes(Buffer.from(base64, 'base64'), url)
  }

  ofBytes(bytes: Uint8Array): Mount {
    return new MountedBytes(bytes, `bytes://${encodeURIComponent(Buffer.from(bytes).toString('base64'))}`)
  }

  made(mount: Mount): boolean {
    return mount instanceof MountedBytes
  }
}

class MountedBytes implements Mount {
  readonly access = 'random'
  readonly #bytes: Uint8Array
  readonly #url: string

  constructor(bytes: Uint8Array, url: string) {
    this.#bytes = bytes
    this.#url = url
  }

  url(): string {
    return this.#url
  }

  async stat(): Promise<MountStat> {
    return { exists: true, sizeBytes: this.#bytes.length, ready: true, path: null }
  }

  async open(): Promise<MountReader> {
    return new MemoryReader(this.#bytes)
  }
}

function invalid(url: string): EngineError {
  return new EngineError('MOUNT_INVALID', `${url.slice(0, 60)} holds no base64.`, {
    details: { url: url.slice(0, 60) },
  })
}
