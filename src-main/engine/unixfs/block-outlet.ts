import { CID } from 'multiformats/cid'
import { Digest } from 'multiformats/hashes/digest'
import { DAG_PB_CODEC } from '../car/index.ts'
import { type BlockCodec, type BlockNaming, DIGEST_BYTES, isIdentityCid, multihashCode } from './block-naming.ts'
import { CidSet } from './cid-set.ts'
import { type DagSink, type LeafPosition, nullSink, type SourceFile } from './dag-sink.ts'

/** Counts the blocks of a DAG that is being built, and hands each distinct one to the sink, one after another. */
export class BlockOutlet {
  readonly naming: BlockNaming
  readonly #sink: DagSink
  readonly #seen = new CidSet()
  #waiting: Promise<void> | null = null
  #failure: unknown = null
  dagSizeBytes = 0
  storedBlockCount = 0
  storedBytes = 0

  constructor(naming: BlockNaming, sink: DagSink = nullSink) {
    this.naming = naming
    this.#sink = sink
  }

  get blockCount(): number {
    return this.#seen.size
  }

  /** A raw leaf. `cid` are the bytes of its CID. */
  leaf(cid: Uint8Array<ArrayBuffer>, bytes: Uint8Array | null, at: LeafPosition): void {
    if (!this.#count(cid, at.size)) return
    this.#hand(() => this.#sink.leaf(cidFromBytes(cid, this.naming), bytes, at))
  }

  /** Any other node, whose CID is made here. Returns the bytes of the CID. */
  node(codec: BlockCodec, block: Uint8Array): Uint8Array<ArrayBuffer> {
    const cid = this.naming.ofBlock(codec, block)
    this.namedNode(cid, block)
    return cid
  }

  namedNode(cid: Uint8Array<ArrayBuffer>, block: Uint8Array): void {
    if (!this.#count(cid, block.length)) return
    this.#hand(() => this.#sink.node(cidFromBytes(cid, this.naming), block))
  }

  /** As `namedNode`, for a block whose bytes nobody asked for. */
  countNode(cid: Uint8Array<ArrayBuffer>, length: number): void {
    this.#count(cid, length)
  }

  source(file: SourceFile): void {
    if (this.#sink.source !== undefined) this.#hand(() => this.#sink.source?.(file))
  }

  /** A promise to wait for before handing out more, where the sink is busy. Rejects with what the sink threw. */
  settled(): Promise<void> | undefined {
    return this.#waiting ?? undefined
  }

  #count(cid: Uint8Array<ArrayBuffer>, length: number): boolean {
    if (!this.#seen.add(cid)) return false
    this.dagSizeBytes += length
    if (isIdentityCid(cid)) return false
    this.storedBlockCount++
    this.storedBytes += length
    return true
  }

  #hand(call: () => void | Promise<void>): void {
    if (this.#failure !== null) throw this.#failure
    const waiting = this.#waiting === null ? call() : this.#waiting.then(call)
    if (waiting === undefined) return
    const settled: Promise<void> = waiting.then(
      () => {
        if (this.#waiting === settled) this.#waiting = null
      },
      (error: unknown) => {
        this.#failure = error
        throw error
      },
    )
    settled.catch(() => {}) // told to whoever waits; also kept in #failure
    this.#waiting = settled
  }
}

/** A CID of the profile from its bytes, without parsing or copying: its digest is the last 32 bytes. */
function cidFromBytes(cid: Uint8Array<ArrayBuffer>, naming: BlockNaming): CID {
  const code = multihashCode(naming.rules)
  const isVersion0 = cid[0] !== 1
  const multihash = isVersion0 ? cid : cid.subarray(2)
  const digest = new Digest(code, DIGEST_BYTES, cid.subarray(cid.length - DIGEST_BYTES), multihash)
  return isVersion0 ? new CID(0, DAG_PB_CODEC, digest, cid) : new CID(1, cid[1] ?? 0, digest, cid)
}
