import type { CID } from 'multiformats/cid'
import { throwIfAborted } from '../../base/index.ts'
import type { Blockstore } from '../../blockstore/index.ts'
import { isIdentity } from '../../car/index.ts'
import { CidSet, canHaveLinks, linksOf } from '../../unixfs/index.ts'

/**
 * Which blocks of a DAG are wanted now: linked to from a block that is here, and not here themselves. A peer's block is
 * taken only when it is in this set, so nothing unasked is ever stored, and the set is empty exactly when the DAG is
 * complete.
 *
 * Invariant: every block that was ever accepted has had its links looked at. Blocks that an earlier run stored are
 * found by `scanMissing`.
 */

export interface WantedBlock {
  readonly cid: CID
  readonly key: string
  /** Blocks of this codec have no links: ask for the block itself, not for a CAR. */
  readonly isLeaf: boolean
  /** The session that fetches it; null: free to take. */
  claim: object | null
}

export class DagFrontier {
  readonly #store: Blockstore
  /** In the order in which they were found, which is about that of the walk. */
  readonly #wanted = new Map<string, WantedBlock>()
  #wake: () => void = () => {}
  #changed: Promise<void>

  constructor(store: Blockstore) {
    this.#store = store
    this.#changed = this.#nextChange()
  }

  get size(): number {
    return this.#wanted.size
  }

  /** Resolves when something was taken in or given back. */
  get changed(): Promise<void> {
    return this.#changed
  }

  /** Whether some session fetches anything now. */
  get hasClaims(): boolean {
    for (const block of this.#wanted.values()) if (block.claim !== null) return true
    return false
  }

  /** Any one of what is missing, for a message. */
  get example(): WantedBlock | undefined {
    for (const block of this.#wanted.values()) return block
    return undefined
  }

  find(cid: CID): WantedBlock | undefined {
    return this.#wanted.get(blockKey(cid))
  }

  /** Wants a block unless it is stored, or wanted already. Identity CIDs are looked into instead. */
  async want(cid: CID, claim: object | null): Promise<void> {
    if (isIdentity(cid)) {
      for (const link of linksOf(cid, cid.multihash.digest)) await this.want(link, claim)
      return
    }
    const key = blockKey(cid)
    if (this.#wanted.has(key) || (await this.#store.has(cid))) return
    this.#wanted.set(key, { cid, key, isLeaf: !canHaveLinks(cid.code), claim })
  }

  /** A wanted block has been stored: what it links to is wanted next, by the session that is about to receive it. */
  async accept(block: WantedBlock, bytes: Uint8Array, claim: object | null): Promise<void> {
    this.#wanted.delete(block.key)
    if (!block.isLeaf) for (const link of linksOf(block.cid, bytes)) await this.want(link, claim)
    if (this.#wanted.size === 0) this.#notify()
  }

  /** Takes the first free block that `accept` agrees to. */
  claim(session: object, accept: (block: WantedBlock) => boolean): WantedBlock | null {
    for (const block of this.#wanted.values()) {
      if (block.claim !== null || !accept(block)) continue
      block.claim = session
      return block
    }
    return null
  }

  /** Gives back what a session has claimed. */
  release(session: object): void {
    for (const block of this.#wanted.values()) if (block.claim === session) block.claim = null
    this.#notify()
  }

  #notify(): void {
    this.#wake()
    this.#changed = this.#nextChange()
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Walks what is stored below `root` and wants what is missing. Leaves are looked up, not read. */
export async function scanMissing(
  frontier: DagFrontier,
  store: Blockstore,
  root: CID,
  signal?: AbortSignal,
): Promise<void> {
  const visited = new CidSet()
  const stack = [root]
  for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
    throwIfAborted(signal)
    if (!isIdentity(cid) && !(await store.has(cid))) {
      await frontier.want(cid, null)
      continue
    }
    if (!canHaveLinks(cid.code) || !visited.add(cid.bytes)) continue
    const bytes = isIdentity(cid) ? cid.multihash.digest : await store.get(cid)
    stack.push(...linksOf(cid, bytes).reverse())
  }
}

/** Version 0 and 1 of a CID name the same block. */
export function blockKey(cid: CID): string {
  const { bytes } = cid.multihash
  return `${cid.code} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')}`
}
