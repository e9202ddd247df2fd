import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../../base/index.ts'
import { parsePieceCid } from '../../commp/index.ts'
import type { Mount, MountOptions, MountReader, MountStat, MountType } from './mount.ts'
import { streamReader } from './stream-reader.ts'

/** Port: what a lotus mount needs of the piece sources. */
export interface MountedPieces {
  stat(
    pieceCid: CID,
    options?: { signal?: AbortSignal },
  ): Promise<{ state: 'unsealed' | 'sealed-only' | 'missing'; sizeBytes: number | null; path: string | null }>
  open(pieceCid: CID, options?: { signal?: AbortSignal }): Promise<RandomAccessReader>
}

export interface LotusMountOptions {
  /** Copy a piece to a transient instead of reading it in place. Default: never. */
  copy?: (pieceCid: CID) => boolean
}

/** A v1 piece CID is known by its looks, so that a hundred thousand of them need not be decoded at start. */
const USUAL_URL = /^lotus:\/\/baga6ea4seaq[a-z2-7]{51}[aiqy]$/

/** `lotus://<piece CID>`: a piece, wherever a source has an unsealed copy of it. */
export class LotusMount implements MountType {
  readonly #pieces: MountedPieces
  readonly #copy: (pieceCid: CID) => boolean

  constructor(pieces: MountedPieces, options: LotusMountOptions = {}) {
    this.#pieces = pieces
    this.#copy = options.copy ?? (() => false)
  }

  fromUrl(url: string): Mount {
    if (!USUAL_URL.test(url)) pieceCidOf(url)
    return new MountedPiece(this.#pieces, url, this.#copy)
  }

  ofPiece(pieceCid: CID | string): Mount {
    const { pieceCid: v1 } = parsePieceCid(pieceCid)
    return new MountedPiece(this.#pieces, `lotus://${v1}`, this.#copy)
  }

  made(mount: Mount): boolean {
    return mount instanceof MountedPiece
  }
}

class MountedPiece implements Mount {
  /** A piece never changes: its CID is made of its bytes. */
  readonly resumable = true
  readonly #pieces: MountedPieces
  readonly #url: string
  readonly #copy: (pieceCid: CID) => boolean
  #parsed: CID | null = null

  constructor(pieces: MountedPieces, url: string, copy: (pieceCid: CID) => boolean) {
    this.#pieces = pieces
    this.#url = url
    this.#copy = copy
  }

  get access(): 'random' | 'sequential' {
    return this.#copy(this.#pieceCid) ? 'sequential' : 'random'
  }

  url(): string {
    return this.#url
  }

  async stat(options?: MountOptions): Promise<MountStat> {
    const { state, sizeBytes, path } = await this.#pieces.stat(this.#pieceCid, options)
    return { exists: state !== 'missing', sizeBytes, ready: state === 'unsealed', path }
  }

  open(options?: MountOptions): Promise<MountReader> {
    return this.#pieces.open(this.#pieceCid, options)
  }

  async *stream(from: number, options: MountOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const reader = await this.open(options)
    try {
      yield* streamReader(reader, from, options.signal)
    } finally {
      await reader.close()
    }
  }

  get #pieceCid(): CID {
    this.#parsed ??= pieceCidOf(this.#url)
    return this.#parsed
  }
}

function pieceCidOf(url: string): CID {
  const host = /^lotus:\/\/([^/?#]*)\/?$/i.exec(url)?.[1] ?? ''
  try {
    return parsePieceCid(host).pieceCid
  } catch (cause) {
    throw new EngineError('MOUNT_INVALID', `${url} does not name a piece: "${host}" is not a piece CID.`, {
      cause,
      details: { url },
    })
  }
}
