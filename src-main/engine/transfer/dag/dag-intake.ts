import type { CID } from 'multiformats/cid'
import { EngineError } from '../../base/index.ts'
import type { WritableBlockstore } from '../../blockstore/index.ts'
import { isIdentity, verifyBlock } from '../../car/index.ts'
import { peerProtocol } from '../../net/index.ts'
import type { DagFrontier } from './dag-frontier.ts'

/** How many bytes of repeated blocks a peer may send in a row: a file of equal chunks, sent with repeats, has many. */
const MAX_REPEATED_BYTES = 256 * 1024 * 1024

export type Taken = 'stored' | 'known' | 'unwanted'

/** The one way for a block of a peer into the store: wanted, of a usual size, and of the right hash. */
export class DagIntake {
  readonly #frontier: DagFrontier
  readonly #store: WritableBlockstore
  readonly #onBlock: (cid: CID, bytes: Uint8Array) => void
  readonly #maxBlockBytes: number

  constructor(options: {
    frontier: DagFrontier
    store: WritableBlockstore
    maxBlockBytes: number
    /** A block has been stored. */
    onBlock(cid: CID, bytes: Uint8Array): void
  }) {
    this.#frontier = options.frontier
    this.#store = options.store
    this.#onBlock = options.onBlock
    this.#maxBlockBytes = options.maxBlockBytes
  }

  /**
   * Stores a block that is wanted; says so of one that is stored already, or that nothing asked for. PEER_PROTOCOL when
   * it is too large or does not hash to its CID. `bytes` may be a view: they are copied. What the block links to is
   * claimed for `follow`, the session that will receive it next; null leaves it to any.
   */
  async take(origin: string, cid: CID, bytes: Uint8Array, follow: object | null): Promise<Taken> {
    if (bytes.length > this.#maxBlockBytes)
      throw peerProtocol(origin, `block ${cid} has ${bytes.length} bytes, more than the ${this.#maxBlockBytes} allowed`)
    const wanted = this.#frontier.find(cid)
    if (wanted === undefined) return isIdentity(cid) || (await this.#store.has(cid)) ? 'known' : 'unwanted'
    await checkHash(origin, cid, bytes)
    // Under the CID of the link, so that a walk finds it whatever version the peer wrote.
    await this.#store.put(wanted.cid, bytes, { verify: false })
    await this.#frontier.accept(wanted, bytes, follow)
    this.#onBlock(wanted.cid, bytes)
    return 'stored'
  }
}

/** Bytes that a stream repeats, bounded. */
export class RepeatLimit {
  #bytes = 0

  note(origin: string, isNew: boolean, bytes: number): void {
    this.#bytes = isNew ? 0 : this.#bytes + bytes
    if (this.#bytes > MAX_REPEATED_BYTES)
      throw peerProtocol(origin, `it sent ${this.#bytes} bytes of blocks again that were here already`)
  }
}

/** PEER_PROTOCOL when a peer's bytes do not hash to their CID. */
export async function checkHash(origin: string, cid: CID, bytes: Uint8Array): Promise<void> {
  try {
    const checking = verifyBlock(cid, bytes)
    if (checking !== undefined) await checking
  } catch (error) {
    if (!EngineError.is(error, 'BLOCK_MISMATCH')) throw error
    throw peerProtocol(origin, `the bytes it sent for block ${cid} do not hash to it`)
  }
}
