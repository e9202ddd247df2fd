/**
 * Reads linked imports (ref-CARv2): intermediate nodes lie in the CAR, leaves in the user's own file, of which the CAR
 * has only the places. All four forms that Lotus wrote are read, and dense CARs too.
 *
 * Order of a look-up: identity CIDs from the CID; the CAR under the whole CID; then the leaf's key, its record, and
 * the bytes of the source, which are always hashed. Spec: car-formats section 6.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, FileReader, throwIfAborted } from '../base/index.ts'
import {
  type CarLayout,
  cidOf,
  DEFAULT_CAR_LIMITS,
  dataOf,
  isIdentity,
  isReference,
  matchesMultihash,
  type SectionBatch,
  scanCar,
} from '../car/index.ts'
import { blockNotFound } from './block-errors.ts'
import type { BlockOptions, Blockstore } from './blockstore.ts'
import { openReadOnlyBlockstore, type ReadOnlyBlockstore } from './read-only-blockstore.ts'
import type { ReferenceOptions } from './read-only-options.ts'
import { decodeReference, referenceKeys, type SourceRange } from './reference-record.ts'
import { SourceFiles } from './source-files.ts'

/** A leaf that lies in a source file, as `references` lists it. */
export interface Reference extends SourceRange {
  /** CID under which the record is stored; the leaf's own CID cannot be had from it. */
  key: CID
}

/** Opens a linked import, or any other finished CAR. Throws what `openReadOnlyBlockstore` throws. */
export async function openReferenceBlockstore(
  carPath: string,
  options: ReferenceOptions = {},
): Promise<ReferenceBlockstore> {
  const reader = FileReader.open(carPath)
  try {
    const how = { zeroLengthSectionAsEnd: true, ...options, storeIdentity: true, wholeCids: true }
    return new ReferenceBlockstore(carPath, await openReadOnlyBlockstore(reader, how), options)
  } catch (error) {
    await reader.close()
    throw error
  }
}

export class ReferenceBlockstore implements Blockstore {
  readonly carPath: string
  readonly #car: ReadOnlyBlockstore
  readonly #baseDir: string
  readonly #resolvePath: (path: string) => string
  readonly #maxLeafBytes: number
  readonly #sources = new SourceFiles()

  constructor(carPath: string, car: ReadOnlyBlockstore, options: ReferenceOptions) {
    this.carPath = carPath
    this.#car = car
    this.#baseDir = options.baseDir ?? '/'
    this.#resolvePath = options.resolvePath ?? ((path) => path)
    this.#maxLeafBytes = options.limits?.maxSectionBytes ?? DEFAULT_CAR_LIMITS.maxSectionBytes
  }

  get roots(): readonly CID[] {
    return this.#car.roots
  }

  get layout(): CarLayout {
    return this.#car.layout
  }

  /** Also true for a leaf whose source is gone: only `get` touches the source. */
  async has(cid: CID, options: BlockOptions = {}): Promise<boolean> {
    throwIfAborted(options.signal)
    if (isIdentity(cid)) return true
    return (await this.#car.has(cid, options)) || (await this.#findReference(cid, options.signal)) !== null
  }

  /**
   * The bytes of a node or leaf. Besides what every blockstore throws: SOURCE_MISSING, SOURCE_CHANGED,
   * SOURCE_UNREADABLE. `verify: false` spares the nodes' hashing only.
   */
  async get(cid: CID, options: BlockOptions = {}): Promise<Uint8Array> {
    throwIfAborted(options.signal)
    if (isIdentity(cid)) return cid.multihash.digest
    const stored = await ifFound(this.#car.get(cid, options))
    if (stored !== null) return stored
    const range = await this.#reference(cid, options.signal)
    if (range.size > this.#maxLeafBytes)
      throw new EngineError(
        'CAR_LIMIT',
        `A leaf of this linked import has ${range.size} bytes, more than the ${this.#maxLeafBytes} allowed.`,
        { details: { path: range.path, offset: range.offset, size: range.size } },
      )
    return this.#sources.read(cid, range, options.signal)
  }

  async size(cid: CID, options: BlockOptions = {}): Promise<number> {
    throwIfAborted(options.signal)
    if (isIdentity(cid)) return cid.multihash.digest.length
    const stored = await ifFound(this.#car.size(cid, options))
    return stored ?? (await this.#reference(cid, options.signal)).size
  }

  /** CIDs of the blocks that lie in the CAR itself. Leaves in sources are not among them: records do not name them. */
  async *cids(options: BlockOptions = {}): AsyncGenerator<CID> {
    for await (const section of this.#sections(options.signal)) if (section.reference === null) yield section.cid
  }

  /** Every leaf that lies in a source file, in the order of the CAR. */
  async *references(options: { signal?: AbortSignal } = {}): AsyncGenerator<Reference> {
    for await (const section of this.#sections(options.signal)) if (section.reference !== null) yield section.reference
  }

  async close(): Promise<void> {
    await this.#sources.close()
    await this.#car.close()
  }

  async #reference(leaf: CID, signal: AbortSignal | undefined): Promise<SourceRange> {
    const found = await this.#findReference(leaf, signal)
    if (found === null) throw blockNotFound(leaf)
    return found
  }

  async #findReference(leaf: CID, signal: AbortSignal | undefined): Promise<SourceRange | null> {
    // The sha2-256 generations first: they are the newest, and all that Carport writes.
    for (const key of referenceKeys(leaf)) {
      const record = await ifFound(this.#car.get(key, { signal, verify: false }))
      if (record !== null) return this.#decode(record, leaf)
    }
    return null
  }

  async *#sections(signal: AbortSignal | undefined): AsyncGenerator<{ cid: CID; reference: Reference | null }> {
    const options = { data: true, zeroLengthSectionAsEnd: true, maxSectionBytes: this.#maxLeafBytes, signal }
    for await (const batch of scanCar(this.#car.reader, this.#car.layout, options)) {
      for (let i = 0; i < batch.count; i++) {
        const cid = cidOf(batch, i)
        if (!(await holdsReference(batch, i))) yield { cid, reference: null }
        else yield { cid, reference: { ...this.#decode(dataOf(batch, i), cid), key: cid } }
      }
    }
  }

  /** `cid` is for the message. */
  #decode(record: Uint8Array, cid: CID): SourceRange {
    const range = decodeReference(record, this.#baseDir)
    if (range !== null) return { ...range, path: this.#resolvePath(range.path) }
    throw new EngineError('CAR_INVALID', `${this.carPath} holds a damaged reference: import the data again.`, {
      details: { path: this.carPath, cid: cid.toString() },
    })
  }
}

/** Whether section `i`, whose data is there, is a reference: nothing but its bytes tells it from an ordinary block. */
export async function holdsReference(batch: SectionBatch, i: number): Promise<boolean> {
  if (!isReference(batch, i)) return false
  const cid = cidOf(batch, i)
  return isIdentity(cid) || !(await matchesMultihash(cid.multihash, dataOf(batch, i)))
}

async function ifFound<Value>(lookup: Promise<Value>): Promise<Value | null> {
  try {
    return await lookup
  } catch (error) {
    if (EngineError.is(error, 'BLOCK_NOT_FOUND')) return null
    throw error
  }
}
