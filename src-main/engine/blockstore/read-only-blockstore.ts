/**
 * Random access to the blocks of a finished CARv1 or CARv2. Blocks are found with the index given, the one in the
 * file, or one made by reading the file once.
 *
 * The store never trusts the index or the bytes: the CID of a section is compared, and blocks are hashed unless the
 * caller says otherwise.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader, throwIfAborted } from '../base/index.ts'
import {
  type CarIndex,
  type CarLayout,
  type CarLimits,
  cidOf,
  isIdentity,
  readCarLayout,
  scanCar,
  verifyBlock,
} from '../car/index.ts'
import { blockNotFound } from './block-errors.ts'
import type { BlockOptions, Blockstore } from './blockstore.ts'
import { chooseIndex } from './choose-index.ts'
import { OffsetCache } from './offset-cache.ts'
import type { ReadOnlyOptions } from './read-only-options.ts'
import { SectionReader } from './section-reader.ts'

/**
 * Opens a CAR for reading; closing the store closes the reader, which stays the caller's after an error:
 * CAR_UNFINALIZED, CAR_INVALID, CAR_TRUNCATED, CAR_VERSION. A missing or unusable index is no error: the file is read once from end to end instead, with a warning.
 */
export async function openReadOnlyBlockstore(
  reader: RandomAccessReader,
  options: ReadOnlyOptions = {},
): Promise<ReadOnlyBlockstore> {
  const limits = limitsOf(options)
  const layout = options.layout ?? (await readCarLayout(reader, { ...limits, signal: options.signal }))
  const index = options.index ?? (await chooseIndex(reader, layout, { ...options, limits }))
  return new ReadOnlyBlockstore(reader, layout, index, { ...options, limits })
}

export class ReadOnlyBlockstore implements Blockstore {
  readonly layout: CarLayout
  readonly reader: RandomAccessReader
  readonly #index: CarIndex
  readonly #ownsIndex: boolean
  readonly #limits: CarLimits
  readonly #storeIdentity: boolean
  readonly #sections: SectionReader
  readonly #offsets: OffsetCache
  /** Reads and look-ups stay on this thread: for local files, where a thread switch costs more than the read. */
  readonly #sync: boolean
  #closed = false

  constructor(reader: RandomAccessReader, layout: CarLayout, index: CarIndex, options: ReadOnlyOptions) {
    this.layout = layout
    this.reader = reader
    this.#index = index
    this.#ownsIndex = options.index === undefined
    this.#limits = options.limits ?? {}
    this.#storeIdentity = options.storeIdentity === true
    this.#sections = new SectionReader(reader, layout, options.wholeCids === true, options.limits)
    this.#offsets = new OffsetCache(index)
    this.#sync = reader.readAtSync !== undefined && index.canFindSync
  }

  get roots(): readonly CID[] {
    return this.layout.roots
  }

  get index(): CarIndex {
    return this.#index
  }

  async has(cid: CID, options: BlockOptions = {}): Promise<boolean> {
    this.#assertUsable(options.signal)
    if (this.#answersInline(cid)) return true
    return (await this.#size(cid, options.signal)) !== null
  }

  /** Not an async function: what is read on this thread costs no more than its promise. */
  get(cid: CID, options: BlockOptions = {}): Promise<Uint8Array> {
    try {
      this.#assertUsable(options.signal)
      if (this.#answersInline(cid)) return Promise.resolve(cid.multihash.digest)
      if (!this.#sync) return this.#getAsync(cid, options)
      const bytes = this.#readSync(cid, options.into)
      if (bytes === null) throw blockNotFound(cid)
      if (options.verify === false) return Promise.resolve(bytes)
      const checked = verifyBlock(cid, bytes)
      return checked === undefined ? Promise.resolve(bytes) : checked.then(() => bytes)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async size(cid: CID, options: BlockOptions = {}): Promise<number> {
    this.#assertUsable(options.signal)
    if (isIdentity(cid)) return cid.multihash.digest.length
    const size = await this.#size(cid, options.signal)
    if (size === null) throw blockNotFound(cid)
    return size
  }

  async *cids(options: BlockOptions = {}): AsyncGenerator<CID> {
    this.#assertUsable(options.signal)
    for await (const batch of scanCar(this.reader, this.layout, { ...this.#limits, signal: options.signal })) {
      for (let i = 0; i < batch.count; i++) {
        this.#assertUsable(options.signal)
        yield cidOf(batch, i)
      }
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#offsets.close()
    if (this.#ownsIndex) await this.#index.close()
    await this.reader.close()
  }

  async #getAsync(cid: CID, options: BlockOptions): Promise<Uint8Array> {
    const bytes = await this.#read(cid, options.signal)
    if (bytes === null) throw blockNotFound(cid)
    if (options.verify !== false) await verifyBlock(cid, bytes)
    return bytes
  }

  #readSync(cid: CID, into: Uint8Array | undefined): Uint8Array | null {
    const { multihash } = cid
    for (const offset of this.#offsets.find(multihash.digest) ?? this.#index.findSync(multihash.bytes)) {
      const bytes = this.#sections.readSync(cid, offset, into)
      if (bytes !== null) return bytes
    }
    return null
  }

  async #read(cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
    for (const offset of await this.#find(cid, signal)) {
      const bytes = await this.#sections.read(cid, offset, signal)
      if (bytes !== null) return bytes
    }
    return null
  }

  async #size(cid: CID, signal: AbortSignal | undefined): Promise<number | null> {
    for (const offset of await this.#find(cid, signal)) {
      const size = await this.#sections.size(cid, offset, signal)
      if (size !== null) return size
    }
    return null
  }

  #find({ multihash }: CID, signal: AbortSignal | undefined): readonly number[] | Promise<readonly number[]> {
    return this.#offsets.find(multihash.digest) ?? this.#index.find(multihash.bytes, signal)
  }

  #answersInline(cid: CID): boolean {
    return isIdentity(cid) && !this.#storeIdentity
  }

  #assertUsable(signal: AbortSignal | undefined): void {
    throwIfAborted(signal)
    if (this.#closed) throw new EngineError('CLOSED', 'This CAR is closed.')
  }
}

function limitsOf(options: ReadOnlyOptions): CarLimits {
  return {
    ...options.limits,
    zeroLengthSectionAsEnd: options.zeroLengthSectionAsEnd ?? options.limits?.zeroLengthSectionAsEnd,
  }
}
