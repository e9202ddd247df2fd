import type { CID } from 'multiformats/cid'
import { EngineError, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { encodeCarHeader, isIdentity, sectionHead } from '../car/index.ts'
import { inOrder } from './in-order.ts'
import { SectionTable } from './section-table.ts'
import { incomplete, traverse } from './traverse.ts'

/**
 * A dense CARv1 that can be read at any position: header with one root, then every block in the order of `traverse`,
 * each once, identity CIDs as sections too. This is what a deal transfers and what its piece commitment covers
 * (lotus-behaviour 5.3), so the same DAG gives the same bytes on every machine.
 */
export interface CarView {
  readonly size: number
  readonly roots: readonly CID[]
  readonly blockCount: number
  /** The sections in order: CID, and where its length varint begins in the CAR. */
  sections(): Iterable<{ cid: CID; offset: number }>
  /** Bytes from `start` up to, not including, `end`. Every block is checked against its CID. */
  readRange(start: number, end: number, options?: { signal?: AbortSignal }): AsyncGenerator<Uint8Array, void, void>
}

const READS = 16
/** Small blocks are gathered until there is this much to give. */
const GATHER_BYTES = 256 * 1024

/**
 * Walks the DAG once for the layout. Raw blocks are not read for it: the store knows their sizes. The blockstore must
 * stay open while the view is used. Errors as of `traverse`.
 */
export async function denseCar(blockstore: Blockstore, root: CID, options: LongWorkOptions = {}): Promise<CarView> {
  const header = encodeCarHeader([root])
  const table = new SectionTable(header.length)
  for await (const { cid, size } of traverse(blockstore, root, { signal: options.signal, leafSizesOnly: true })) {
    table.add(cid.bytes, size)
    options.onProgress?.({ phase: 'Laying out', doneBytes: table.end, totalBytes: null })
  }
  return new DenseCar(blockstore, root, header, table)
}

class DenseCar implements CarView {
  readonly roots: readonly CID[]
  readonly #blockstore: Blockstore
  readonly #root: CID
  readonly #header: Uint8Array
  readonly #table: SectionTable

  constructor(blockstore: Blockstore, root: CID, header: Uint8Array, table: SectionTable) {
    this.roots = [root]
    this.#blockstore = blockstore
    this.#root = root
    this.#header = header
    this.#table = table
  }

  get size(): number {
    return this.#table.end
  }

  get blockCount(): number {
    return this.#table.count
  }

  *sections(): Generator<{ cid: CID; offset: number }, void, void> {
    for (let i = 0; i < this.#table.count; i++) yield { cid: this.#table.cid(i), offset: this.#table.start(i) }
  }

  async *readRange(
    start: number,
    end: number,
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, void> {
    if (!(start >= 0 && start <= end && end <= this.size))
      throw new EngineError(
        'INVALID_ARGUMENT',
        `Bytes ${start} to ${end} do not lie within a CAR of ${this.size} bytes.`,
      )
    if (start < this.#header.length && start < end) yield this.#header.slice(start, end)
    const from = Math.max(start, this.#header.length)
    if (from >= end) return
    const gather = new Gather()
    for await (const piece of this.#pieces(from, end, options.signal)) {
      const ready = gather.add(piece)
      if (ready !== null) yield ready
      if (piece.length >= GATHER_BYTES) yield piece
    }
    const rest = gather.take()
    if (rest !== null) yield rest
  }

  /** Heads and data of the sections in the range, cut to it. */
  async *#pieces(start: number, end: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
    const first = this.#table.at(start)
    const last = this.#table.at(end - 1)
    const controller = new AbortController()
    const both = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal])
    const read = (index: number) => this.#read(index, both)
    const stop = () => controller.abort()
    for await (const { item: index, result } of inOrder(numbers(first, last), READS, read, stop)) {
      throwIfAborted(signal)
      let at = this.#table.start(index)
      for (const part of [result.head, result.bytes]) {
        const piece = part.subarray(Math.max(0, start - at), Math.max(0, end - at))
        if (piece.length > 0) yield piece
        at += part.length
      }
    }
  }

  async #read(index: number, signal: AbortSignal): Promise<{ head: Uint8Array; bytes: Uint8Array }> {
    const cid = this.#table.cid(index)
    const bytes = isIdentity(cid) ? cid.multihash.digest : await this.#get(cid, signal)
    const head = sectionHead(cid, bytes.length)
    const expected = this.#table.start(index + 1) - this.#table.start(index)
    if (head.length + bytes.length !== expected)
      throw new EngineError(
        'BLOCK_MISMATCH',
        `Block ${cid} is not as long as its store says: its data is damaged or was replaced.`,
        {
          details: { cid: cid.toString(), sizeBytes: bytes.length },
        },
      )
    return { head, bytes }
  }

  async #get(cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    return this.#blockstore.get(cid, { signal }).catch((error: unknown) => {
      throw incomplete(error, this.#root, cid)
    })
  }
}

/** Joins small pieces, so that a consumer is not called for every section of a few bytes. */
class Gather {
  #buffer: Uint8Array | null = null
  #length = 0

  /** Takes a small piece. Returns what must be given first: a full buffer, or all of it before a large piece. */
  add(piece: Uint8Array): Uint8Array | null {
    const isLarge = piece.length >= GATHER_BYTES
    const full = isLarge || this.#length + piece.length > GATHER_BYTES ? this.take() : null
    if (isLarge) return full
    this.#buffer ??= new Uint8Array(GATHER_BYTES)
    this.#buffer.set(piece, this.#length)
    this.#length += piece.length
    return full
  }

  take(): Uint8Array | null {
    if (this.#buffer === null || this.#length === 0) return null
    const taken = this.#buffer.subarray(0, this.#length)
    this.#buffer = null
    this.#length = 0
    return taken
  }
}

function* numbers(first: number, last: number): Generator<number, void, void> {
  for (let i = first; i <= last; i++) yield i
}
