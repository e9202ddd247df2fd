import { EngineError } from '../base/index.ts'
import { DAG_PB_CODEC } from '../car/index.ts'
import type { BlockOutlet } from './block-outlet.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendLink, encodeNode, HAMT_FANOUT, hamtData } from './encode-node.ts'
import type { FolderEntries } from './folder-entries.ts'
import { HAMT_HASH_BITS, hamtHashOf } from './hamt-hash.ts'

/** With a fanout of 256 a level is one byte of the hash of the name, and two hexadecimal digits of a link's name. */
const LEVELS = HAMT_HASH_BITS / 8
const BITFIELD_BYTES = HAMT_FANOUT / 8
const PREFIXES = Array.from({ length: HAMT_FANOUT }, (_, slot) =>
  new TextEncoder().encode(slot.toString(16).toUpperCase().padStart(2, '0')),
)

/**
 * Writes the shards of a large folder, lowest first. The shape depends on the names alone: entries sorted by hash fall
 * into slots, and a slot with more than one entry becomes a shard below.
 */
export function buildHamt(
  entries: FolderEntries,
  outlet: BlockOutlet,
): { cid: Uint8Array<ArrayBuffer>; tsize: number } {
  const hashes = new Uint8Array(entries.count * LEVELS)
  for (let i = 0; i < entries.count; i++) hashes.set(hamtHashOf(entries.name(i)), i * LEVELS)
  const order = sortByHash(hashes, entries.count)
  return new HamtWriting(entries, outlet, hashes, order).shard(0, entries.count, 0)
}

class HamtWriting {
  readonly #entries: FolderEntries
  readonly #outlet: BlockOutlet
  readonly #hashes: Uint8Array
  readonly #order: Uint32Array

  constructor(entries: FolderEntries, outlet: BlockOutlet, hashes: Uint8Array, order: Uint32Array) {
    this.#entries = entries
    this.#outlet = outlet
    this.#hashes = hashes
    this.#order = order
  }

  /** The shard of the entries `from` up to `to` in the order of hashes, which agree in the levels above. */
  shard(from: number, to: number, level: number): { cid: Uint8Array<ArrayBuffer>; tsize: number } {
    if (level >= LEVELS) throw hashesCollide()
    const links = new ByteWriter()
    const bitfield = new Uint8Array(BITFIELD_BYTES)
    let tsize = 0
    for (let start = from; start < to; ) {
      const slot = this.#slot(start, level)
      let end = start + 1
      while (end < to && this.#slot(end, level) === slot) end++
      bitfield[BITFIELD_BYTES - 1 - (slot >> 3)] = (bitfield[BITFIELD_BYTES - 1 - (slot >> 3)] ?? 0) | (1 << (slot & 7))
      tsize += this.#appendSlot(links, slot, start, end, level)
      start = end
    }
    const block = encodeNode(links.view(), hamtData(withoutLeadingZeros(bitfield)))
    return { cid: this.#outlet.node(DAG_PB_CODEC, block), tsize: tsize + block.length }
  }

  /** Returns the bytes below the link. */
  #appendSlot(links: ByteWriter, slot: number, start: number, end: number, level: number): number {
    const prefix = PREFIXES[slot] ?? new Uint8Array(0)
    if (end - start > 1) {
      const below = this.shard(start, end, level + 1)
      appendLink(links, below.cid, prefix, below.tsize)
      return below.tsize
    }
    const entry = this.#order[start] ?? 0
    const name = this.#entries.name(entry)
    const label = new Uint8Array(prefix.length + name.length)
    label.set(prefix)
    label.set(name, prefix.length)
    appendLink(links, this.#entries.cid(entry), label, this.#entries.tsize(entry))
    return this.#entries.tsize(entry)
  }

  #slot(at: number, level: number): number {
    return this.#hashes[(this.#order[at] ?? 0) * LEVELS + level] ?? 0
  }
}

function sortByHash(hashes: Uint8Array, count: number): Uint32Array {
  const view = new DataView(hashes.buffer)
  const high = Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * LEVELS))
  const low = Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * LEVELS + 4))
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  return order.sort((a, b) => (high[a] ?? 0) - (high[b] ?? 0) || (low[a] ?? 0) - (low[b] ?? 0))
}

/** As Go writes a bit field: the shortest big-endian number. */
function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array(0) : bytes.subarray(first)
}

function hashesCollide(): EngineError {
  return new EngineError(
    'UNSUPPORTED',
    'Two names of the folder have the same hash, so that no HAMT can hold both. Rename one.',
  )
}
