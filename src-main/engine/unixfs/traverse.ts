import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { isIdentity } from '../car/index.ts'
import { CidSet } from './cid-set.ts'
import { canHaveLinks, linksOf } from './dag-links.ts'

export interface VisitedBlock {
  cid: CID
  /** null for a block without links when only sizes were asked for. */
  bytes: Uint8Array | null
  size: number
}

export interface TraverseOptions {
  signal?: AbortSignal
  /** Reads under way at once, so that a slow source is not waited for block by block. Default 16. */
  prefetch?: number
  /** Ask the store for the size of blocks that have no links instead of their bytes. */
  leafSizesOnly?: boolean
  /** Hash what is read and compare it with the CID. Default true. */
  verify?: boolean
}

const PREFETCH = 16

interface Pending {
  cid: CID
  read: Promise<VisitedBlock> | null
}

/**
 * Visits every block below and including `root`, depth first, links in order, each CID once at its first occurrence:
 * the order of Lotus' deal data and of `dag/export`. Identity CIDs are visited like others. What is ahead in that order
 * is read before its turn. BLOCK_NOT_FOUND when the root is missing, DAG_INCOMPLETE when a block below it is.
 */
export async function* traverse(
  blockstore: Blockstore,
  root: CID,
  options: TraverseOptions = {},
): AsyncGenerator<VisitedBlock, void, void> {
  const walk = new Walk(blockstore, root, options)
  try {
    for (let next = walk.next(); next !== null; next = walk.next()) {
      const block = await next
      if (block.bytes !== null) walk.descend(block.cid, block.bytes)
      yield block
    }
  } finally {
    await walk.stop()
  }
}

class Walk {
  readonly #blockstore: Blockstore
  readonly #root: CID
  readonly #signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #outerSignal: AbortSignal | undefined
  readonly #prefetch: number
  readonly #leafSizesOnly: boolean
  readonly #verify: boolean
  readonly #seen = new CidSet()
  /** What is still to visit, the next one last. */
  readonly #stack: Pending[]

  constructor(blockstore: Blockstore, root: CID, options: TraverseOptions) {
    this.#blockstore = blockstore
    this.#root = root
    this.#outerSignal = options.signal
    this.#signal =
      options.signal === undefined
        ? this.#controller.signal
        : AbortSignal.any([options.signal, this.#controller.signal])
    this.#prefetch = options.prefetch ?? PREFETCH
    this.#leafSizesOnly = options.leafSizesOnly ?? false
    this.#verify = options.verify ?? true
    this.#stack = [{ cid: root, read: null }]
  }

  /** The next block not yet visited; null at the end. */
  next(): Promise<VisitedBlock> | null {
    throwIfAborted(this.#outerSignal)
    let pending = this.#stack.pop()
    while (pending !== undefined && !this.#seen.add(pending.cid.bytes)) pending = this.#stack.pop()
    if (pending === undefined) return null
    const read = pending.read ?? this.#read(pending.cid)
    this.#readAhead()
    return read
  }

  descend(cid: CID, bytes: Uint8Array): void {
    for (const link of linksOf(cid, bytes).reverse()) this.#stack.push({ cid: link, read: null })
  }

  async stop(): Promise<void> {
    this.#controller.abort()
    await Promise.allSettled(this.#stack.map((pending) => pending.read))
  }

  #readAhead(): void {
    const until = Math.max(0, this.#stack.length - this.#prefetch)
    for (let i = this.#stack.length - 1; i >= until; i--) {
      const pending = this.#stack[i]
      if (pending === undefined || pending.read !== null || this.#seen.has(pending.cid.bytes)) continue
      pending.read = this.#read(pending.cid)
      pending.read.catch(() => {}) // seen when its turn comes
    }
  }

  async #read(cid: CID): Promise<VisitedBlock> {
    if (isIdentity(cid)) return { cid, bytes: cid.multihash.digest, size: cid.multihash.digest.length }
    const options = { signal: this.#signal, verify: this.#verify }
    try {
      if (this.#leafSizesOnly && !canHaveLinks(cid.code))
        return { cid, bytes: null, size: await this.#blockstore.size(cid, options) }
      const bytes = await this.#blockstore.get(cid, options)
      return { cid, bytes, size: bytes.length }
    } catch (error) {
      throw incomplete(error, this.#root, cid)
    }
  }
}

/** A block that is missing below a root makes the root's data incomplete; other errors stay what they are. */
export function incomplete(error: unknown, root: CID, cid: CID): unknown {
  const isMissing = error instanceof EngineError && error.code === 'BLOCK_NOT_FOUND'
  if (!isMissing || cid.toString() === root.toString()) return error
  return new EngineError('DAG_INCOMPLETE', `The data under ${root} is incomplete: block ${cid} is missing.`, {
    cause: error,
    details: { root: root.toString(), cid: cid.toString() },
  })
}
