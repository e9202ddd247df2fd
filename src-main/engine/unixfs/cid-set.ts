import { hash } from 'node:crypto'

const FIRST_CAPACITY = 1024
const WORDS = 4
const VERSION_0_BYTES = 34
/** Keeps version 0 apart from version 1 of the same block: they are two CIDs, and two sections of a CAR. */
const VERSION_0_MARK = 0x100
const SHA2_256 = 0x12
const BLAKE2B_256 = 0xb220

/**
 * A set of CIDs in 16 bytes each, for walks over millions of blocks: open addressing over 128 bits of the digest. Two
 * blocks that share 128 bits of a cryptographic digest do not occur. Weak or short digests (identity, murmur) are
 * hashed first, so that nobody can make two CIDs collide.
 */
export class CidSet {
  #slots = new Uint32Array(FIRST_CAPACITY * WORDS)
  #mask = FIRST_CAPACITY - 1
  #size = 0
  readonly #key = new Uint32Array(WORDS)

  get size(): number {
    return this.#size
  }

  /** Adds a CID given as its bytes (version 0 or 1). Returns whether it was new. */
  add(cid: Uint8Array): boolean {
    this.#setKey(cid)
    const slot = this.#find()
    if (this.#isUsed(slot)) return false
    this.#slots.set(this.#key, slot)
    this.#size++
    if (this.#size * 3 > (this.#mask + 1) * 2) this.#grow()
    return true
  }

  has(cid: Uint8Array): boolean {
    this.#setKey(cid)
    return this.#isUsed(this.#find())
  }

  #setKey(cid: Uint8Array): void {
    const key = this.#key
    const at = digestOffset(cid)
    const source = at === null ? hash('sha256', cid, 'buffer') : cid
    const from = at ?? 0
    for (let word = 0; word < WORDS; word++) {
      const i = from + word * 4
      key[word] =
        (source[i] ?? 0) | ((source[i + 1] ?? 0) << 8) | ((source[i + 2] ?? 0) << 16) | ((source[i + 3] ?? 0) << 24)
    }
    const codec = at === null ? 0 : cid.length === VERSION_0_BYTES ? VERSION_0_MARK : (cid[1] ?? 0)
    key[3] = (key[3] ?? 0) ^ codec
    if (key[0] === 0 && key[1] === 0 && key[2] === 0 && key[3] === 0) key[0] = 1
  }

  #find(): number {
    const slots = this.#slots
    const [k0, k1, k2, k3] = this.#key
    let at = (k0 ?? 0) & this.#mask
    while (true) {
      const slot = at * WORDS
      if (slots[slot] === k0 && slots[slot + 1] === k1 && slots[slot + 2] === k2 && slots[slot + 3] === k3) return slot
      if (!this.#isUsed(slot)) return slot
      at = (at + 1) & this.#mask
    }
  }

  #isUsed(slot: number): boolean {
    const slots = this.#slots
    return ((slots[slot] ?? 0) | (slots[slot + 1] ?? 0) | (slots[slot + 2] ?? 0) | (slots[slot + 3] ?? 0)) !== 0
  }

  #grow(): void {
    const old = this.#slots
    this.#mask = (this.#mask + 1) * 2 - 1
    this.#slots = new Uint32Array((this.#mask + 1) * WORDS)
    const key = this.#key
    for (let slot = 0; slot < old.length; slot += WORDS) {
      for (let word = 0; word < WORDS; word++) key[word] = old[slot + word] ?? 0
      if (((key[0] ?? 0) | (key[1] ?? 0) | (key[2] ?? 0) | (key[3] ?? 0)) !== 0) this.#slots.set(key, this.#find())
    }
  }
}

/** Where the digest begins, for the forms whose first 128 bits may stand for the whole CID; else null. */
function digestOffset(cid: Uint8Array): number | null {
  if (cid.length === VERSION_0_BYTES && cid[0] === SHA2_256 && cid[1] === 32) return 2
  if (cid[0] !== 1 || (cid[1] ?? 0x80) >= 0x80) return null
  if (cid.length === 36 && cid[2] === SHA2_256 && cid[3] === 32) return 4
  const blake =
    cid[2] === ((BLAKE2B_256 & 0x7f) | 0x80) &&
    cid[3] === (((BLAKE2B_256 >> 7) & 0x7f) | 0x80) &&
    cid[4] === BLAKE2B_256 >> 14
  return cid.length === 38 && blake && cid[5] === 32 ? 6 : null
}
