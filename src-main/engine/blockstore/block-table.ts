/**
 * Where each block of a growing CAR lies: CID -> section, in memory, without an object per block (about 65 bytes each,
 * so that a retrieval of millions of blocks fits). Keeps CIDs in section order.
 *
 * Invariants: a slot holds entry + 1, or 0 when free; only the first entry of a key is in the slots, so that duplicates
 * cost no probing; positions are seeded per table, so that a peer cannot choose CIDs that collide. The hash of every
 * key is kept, so that a look-up reads the bytes of hardly any CID but the right one.
 */
import { randomBytes } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'

/** What a block is known by: its multihash (any codec and version will do), or its whole CID. */
export type BlockKey = 'multihash' | 'cid'

const ARENA_CHUNK_BYTES = 1 << 20
const MAX_ARENA_CHUNKS = 2 ** 32 / ARENA_CHUNK_BYTES
const INITIAL_ENTRIES = 256
/** A CID this long still fits one arena chunk. */
export const MAX_TABLE_CID_BYTES = 65535

export class BlockTable {
  readonly key: BlockKey
  #count = 0
  /** CID bytes, end to end; a CID never spans two chunks. */
  readonly #arena: Uint8Array[] = []
  #arenaUsed = ARENA_CHUNK_BYTES
  /** Per entry: where its CID starts in the arena, its length, where the multihash starts in it. */
  #cidStart = new Uint32Array(INITIAL_ENTRIES)
  #cidLength = new Uint16Array(INITIAL_ENTRIES)
  #multihashStart = new Uint8Array(INITIAL_ENTRIES)
  /** Per entry: the hash of its key. */
  #keyHash = new Int32Array(INITIAL_ENTRIES)
  /** Per entry: position of the section in the payload, and length of its data. */
  #offset = new Float64Array(INITIAL_ENTRIES)
  #dataLength = new Uint32Array(INITIAL_ENTRIES)
  #slots = new Int32Array(INITIAL_ENTRIES * 2)
  #slotsUsed = 0
  readonly #seed = randomBytes(4).readInt32LE()

  constructor(key: BlockKey) {
    this.key = key
  }

  /** Entries, duplicates included. */
  get count(): number {
    return this.#count
  }

  /** Entry of the first block under the CID, or -1. `multihashStart` is where the multihash starts in it. */
  find(cid: Uint8Array, multihashStart: number): number {
    const from = this.#keyStart(multihashStart)
    const entry = this.#slots[this.#slotOf(cid, from, this.#hash(cid, from))] as number
    return entry - 1
  }

  /** Adds a block, also when its key is there already. Returns its entry. */
  add(cid: Uint8Array, multihashStart: number, offset: number, dataLength: number): number {
    if (this.#count === this.#offset.length) this.#growEntries()
    const entry = this.#count
    const from = this.#keyStart(multihashStart)
    const hash = this.#hash(cid, from)
    this.#cidStart[entry] = this.#store(cid)
    this.#cidLength[entry] = cid.length
    this.#multihashStart[entry] = multihashStart
    this.#offset[entry] = offset
    this.#dataLength[entry] = dataLength
    this.#keyHash[entry] = hash
    this.#count++
    const slot = this.#slotOf(cid, from, hash)
    if (this.#slots[slot] === 0) {
      this.#slots[slot] = entry + 1
      this.#slotsUsed++
      if (this.#slotsUsed * 2 > this.#slots.length) this.#growSlots()
    }
    return entry
  }

  /** The first entry whose section starts at or after a payload offset; `count` when there is none. Entries must be in order. */
  firstAtOrAfter(offset: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#offset[middle] as number) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Forgets the entries from `count` on. */
  truncate(count: number): void {
    this.#count = Math.min(count, this.#count)
    this.#slots.fill(0)
    this.#slotsUsed = 0
    for (let entry = 0; entry < this.#count; entry++) {
      const from = this.#keyStart(this.#multihashStart[entry] as number)
      const slot = this.#slotOf(this.cid(entry), from, this.#keyHash[entry] as number)
      if (this.#slots[slot] !== 0) continue
      this.#slots[slot] = entry + 1
      this.#slotsUsed++
    }
  }

  offset(entry: number): number {
    return this.#offset[entry] as number
  }

  dataLength(entry: number): number {
    return this.#dataLength[entry] as number
  }

  /** A view into the table; copy it to keep it. */
  cid(entry: number): Uint8Array {
    const start = this.#cidStart[entry] as number
    const chunk = this.#arena[Math.floor(start / ARENA_CHUNK_BYTES)] as Uint8Array
    const from = start % ARENA_CHUNK_BYTES
    return chunk.subarray(from, from + (this.#cidLength[entry] as number))
  }

  multihash(entry: number): Uint8Array {
    return this.cid(entry).subarray(this.#multihashStart[entry] as number)
  }

  #keyStart(multihashStart: number): number {
    return this.key === 'cid' ? 0 : multihashStart
  }

  /** The slot that holds the key, which starts at `from`, or the free slot where it belongs. */
  #slotOf(cid: Uint8Array, from: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (true) {
      const entry = (this.#slots[slot] as number) - 1
      if (entry < 0 || (this.#keyHash[entry] === hash && this.#hasKey(entry, cid, from))) return slot
      slot = (slot + 1) & mask
    }
  }

  #hasKey(entry: number, cid: Uint8Array, from: number): boolean {
    const ownFrom = this.#keyStart(this.#multihashStart[entry] as number)
    const length = (this.#cidLength[entry] as number) - ownFrom
    if (length !== cid.length - from) return false
    const start = this.#cidStart[entry] as number
    const chunk = this.#arena[Math.floor(start / ARENA_CHUNK_BYTES)] as Uint8Array
    const own = (start % ARENA_CHUNK_BYTES) + ownFrom
    // The end of a digest differs first between different blocks: the head of a CID is the same for most.
    for (let i = length - 1; i >= 0; i--) if (chunk[own + i] !== cid[from + i]) return false
    return true
  }

  #hash(bytes: Uint8Array, from: number): number {
    let hash = this.#seed
    let at = from
    for (; at + 4 <= bytes.length; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      hash = Math.imul(hash ^ word, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    for (; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    return hash ^ (hash >>> 15)
  }

  #store(cid: Uint8Array): number {
    if (this.#arenaUsed + cid.length > ARENA_CHUNK_BYTES) {
      if (this.#arena.length === MAX_ARENA_CHUNKS)
        throw new EngineError('CAR_LIMIT', 'This CAR holds more blocks than one file can take here: start another.')
      this.#arena.push(new Uint8Array(ARENA_CHUNK_BYTES))
      this.#arenaUsed = 0
    }
    const at = this.#arenaUsed
    this.#arena.at(-1)?.set(cid, at)
    this.#arenaUsed += cid.length
    return (this.#arena.length - 1) * ARENA_CHUNK_BYTES + at
  }

  #growEntries(): void {
    const size = this.#offset.length * 2
    this.#cidStart = grown(this.#cidStart, new Uint32Array(size))
    this.#cidLength = grown(this.#cidLength, new Uint16Array(size))
    this.#multihashStart = grown(this.#multihashStart, new Uint8Array(size))
    this.#keyHash = grown(this.#keyHash, new Int32Array(size))
    this.#offset = grown(this.#offset, new Float64Array(size))
    this.#dataLength = grown(this.#dataLength, new Uint32Array(size))
  }

  #growSlots(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    const mask = this.#slots.length - 1
    for (const held of old) {
      if (held === 0) continue
      let slot = (this.#keyHash[held - 1] as number) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = held
    }
  }
}

function grown<Values extends { set(values: Values): void }>(from: Values, to: Values): Values {
  to.set(from)
  return to
}

/** Where the multihash starts in the bytes of a CID. */
export function multihashStart(cid: CID): number {
  return cid.bytes.length - cid.multihash.bytes.length
}
