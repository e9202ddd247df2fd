import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import type { BlockOptions, Blockstore } from '../blockstore/index.ts'
import type { CarIndex } from '../car/index.ts'
import { mayBeCut } from './cut-car.ts'
import type { ShardAccessor } from './dagstore-ports.ts'
import type { OpenUse } from './open-shards.ts'

/** What a reader finds out. */
export interface ReaderFindings {
  /** Index and data disagree. */
  disagrees(error: EngineError): void
  /** The CAR lacks blocks that it once had. */
  isDamaged(error: EngineError): void
}

/** One reader's hold on a shard. */
export class OpenAccessor implements ShardAccessor {
  readonly key: string
  readonly blockstore: Blockstore
  readonly index: CarIndex
  readonly #use: OpenUse
  readonly #onClose: () => void
  readonly #view: AccessorBlockstore

  constructor(key: string, use: OpenUse, onClose: () => void, findings: ReaderFindings) {
    this.key = key
    this.index = use.opened.index
    this.#use = use
    this.#onClose = onClose
    this.#view = new AccessorBlockstore(this, use, findings)
    this.blockstore = this.#view
  }

  async close(): Promise<void> {
    if (this.#view.closed) return
    this.#view.closed = true
    this.#use.end()
    this.#onClose()
  }
}

/**
 * The shared blockstore as one reader sees it: closed when the reader closes, although others may read on. When the
 * index names a section for a block and that section is another block, the index is not of this data, and it is said so;
 * also when the source turns out to have changed. A CAR that was cut is served as far as it is there.
 */
class AccessorBlockstore implements Blockstore {
  closed = false
  readonly #accessor: ShardAccessor
  readonly #blockstore: Blockstore
  readonly #index: CarIndex
  readonly #cut: () => Promise<EngineError | null>
  readonly #findings: ReaderFindings

  constructor(accessor: ShardAccessor, use: OpenUse, findings: ReaderFindings) {
    this.#accessor = accessor
    this.#blockstore = use.opened.blockstore
    this.#index = use.opened.index
    this.#cut = () => use.opened.cut()
    this.#findings = findings
  }

  get roots(): readonly CID[] {
    return this.#blockstore.roots
  }

  has(cid: CID, options?: BlockOptions): Promise<boolean> {
    return this.#blockstoreInUse()
      .has(cid, options)
      .catch((error: unknown) => this.#explain(cid, error))
  }

  get(cid: CID, options?: BlockOptions): Promise<Uint8Array> {
    return this.#blockstoreInUse()
      .get(cid, options)
      .catch((error: unknown) => this.#explain(cid, error))
  }

  size(cid: CID, options?: BlockOptions): Promise<number> {
    return this.#blockstoreInUse()
      .size(cid, options)
      .catch((error: unknown) => this.#explain(cid, error))
  }

  cids(options?: BlockOptions): AsyncIterable<CID> {
    return this.#blockstoreInUse().cids(options)
  }

  close(): Promise<void> {
    return this.#accessor.close()
  }

  #blockstoreInUse(): Blockstore {
    if (this.closed) throw new EngineError('CLOSED', `The shard ${this.#accessor.key} was released by this reader.`)
    return this.#blockstore
  }

  async #explain(cid: CID, error: unknown): Promise<never> {
    if (this.closed) throw error
    if (EngineError.is(error, 'FILE_CHANGED')) this.#findings.disagrees(error)
    const cut = mayBeCut(error) ? await this.#cut() : null
    if (cut !== null) {
      this.#findings.isDamaged(cut)
      throw cut
    }
    const lost = EngineError.is(error, 'INDEX_INVALID')
    const missing = EngineError.is(error, 'BLOCK_NOT_FOUND')
    if (!lost && !(missing && (await this.#index.find(cid.multihash.bytes)).length > 0)) throw error
    const disagreement = new EngineError(
      'INDEX_INVALID',
      `The index of shard ${this.#accessor.key} does not fit its data: where it says block ${cid} is, there is another.`,
      { cause: error, details: { key: this.#accessor.key, cid: cid.toString() } },
    )
    this.#findings.disagrees(disagreement)
    throw disagreement
  }
}
