/**
 * The inner loop of a piece commitment, in AssemblyScript: fr32 padding, then sha2-256 of 64-byte messages, four at
 * once, up to the last four nodes of a subtree. build.mjs compiles it; subtree.ts drives it.
 *
 * Four messages run side by side in the four lanes of every vector. A level's digests stay in that form (a "group":
 * eight vectors, lane i of vector w = word w of digest i), so the next level needs no byte swaps and no transposing.
 * The second block of a 64-byte message is always the same padding: its message schedule, round constants added, is
 * computed once.
 *
 * Rounds are written out sixteen at a time and looped: wholly unrolled they overflow the processor's cache of decoded
 * instructions and run a third slower.
 */

/** 254 payload bytes, 256 padded, eight nodes: four messages. */
const RAW_UNIT: usize = 254
const PADDED_UNIT: usize = 256
const GROUP: usize = 128

/** Units in the input area: 1,040,384 payload bytes. */
const MAX_UNITS: usize = 4096
/** Units padded before they are hashed: small enough for the nearest cache, many enough that stores have settled. */
const BATCH_UNITS: usize = 32

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])
const INITIAL = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])
/** Message schedule of the padding block plus K, filled by `prepare`. */
const PADDING = memory.data(256, 16)
/** The message of `compress`: sixteen vectors. */
const MESSAGE = memory.data(256, 16)

const BATCH: usize = (__heap_base + 63) & ~63
const NODES: usize = BATCH + BATCH_UNITS * PADDED_UNIT
const RAW: usize = NODES + MAX_UNITS * GROUP

prepare()

/** Where the payload goes: `maxUnits` units of 254 bytes. */
export function rawArea(): usize {
  return RAW
}

export function maxUnits(): usize {
  return MAX_UNITS
}

/**
 * Hashes the first `units` (a power of two) of the input area. Returns the address of four nodes of 32 bytes: the
 * level of the subtree that is two below its root.
 */
export function subtree(units: usize): usize {
  hashLeaves(units)
  for (let groups = units; groups > 1; groups >>= 1) hashLevel(groups >> 1)
  writeDigests(NODES, BATCH)
  return BATCH
}

function hashLeaves(units: usize): void {
  for (let from: usize = 0; from < units; from += BATCH_UNITS) {
    const count = min(BATCH_UNITS, units - from)
    const raw = RAW + from * RAW_UNIT
    for (let half: usize = 0; half < 2 * count; half++) pad(raw + half * 127, BATCH + half * 128)
    for (let unit: usize = 0; unit < count; unit++) {
      loadMessages(BATCH + unit * PADDED_UNIT)
      compress(NODES + (from + unit) * GROUP)
    }
  }
}

/** Writes a level over the one below it, which is read ahead of the writes. */
function hashLevel(groups: usize): void {
  for (let group: usize = 0; group < groups; group++) {
    pairDigests(NODES + 2 * group * GROUP)
    compress(NODES + group * GROUP)
  }
}

/** fr32: 127 bytes become 128, two zero bits after every 254. Reads one byte past the 127, and drops it. */
function pad(from: usize, to: usize): void {
  const mask: u64 = 0x3fffffffffffffff
  let word: u64 = 0
  let next = load<u64>(from)
  store<u64>(to, next)
  store<u64>(to, load<u64>(from, 8), 8)
  store<u64>(to, load<u64>(from, 16), 16)
  word = load<u64>(from, 24)
  store<u64>(to, word & mask, 24)
  next = load<u64>(from, 32)
  store<u64>(to, (word >> 62) | (next << 2), 32)
  word = load<u64>(from, 40)
  store<u64>(to, (next >> 62) | (word << 2), 40)
  next = load<u64>(from, 48)
  store<u64>(to, (word >> 62) | (next << 2), 48)
  word = load<u64>(from, 56)
  store<u64>(to, ((next >> 62) | (word << 2)) & mask, 56)
  next = load<u64>(from, 64)
  store<u64>(to, (word >> 60) | (next << 4), 64)
  word = load<u64>(from, 72)
  store<u64>(to, (next >> 60) | (word << 4), 72)
  next = load<u64>(from, 80)
  store<u64>(to, (word >> 60) | (next << 4), 80)
  word = load<u64>(from, 88)
  store<u64>(to, ((next >> 60) | (word << 4)) & mask, 88)
  next = load<u64>(from, 96)
  store<u64>(to, (word >> 58) | (next << 6), 96)
  word = load<u64>(from, 104)
  store<u64>(to, (next >> 58) | (word << 6), 104)
  next = load<u64>(from, 112)
  store<u64>(to, (word >> 58) | (next << 6), 112)
  word = load<u64>(from, 120)
  store<u64>(to, ((next >> 58) | (word << 6)) & mask, 120)
}

/** Four messages of 64 bytes, side by side in memory, into lanes: word w of message i to lane i of vector w. */
function loadMessages(from: usize): void {
  for (let at: usize = 0; at < 64; at += 16) {
    const first = v128.load(from + at)
    const second = v128.load(from + at, 64)
    const third = v128.load(from + at, 128)
    const fourth = v128.load(from + at, 192)
    const low12 = v128.shuffle<u32>(first, second, 0, 4, 1, 5)
    const low34 = v128.shuffle<u32>(third, fourth, 0, 4, 1, 5)
    const high12 = v128.shuffle<u32>(first, second, 2, 6, 3, 7)
    const high34 = v128.shuffle<u32>(third, fourth, 2, 6, 3, 7)
    const to = MESSAGE + 4 * at
    v128.store(to, swapBytes(v128.shuffle<u64>(low12, low34, 0, 2)))
    v128.store(to, swapBytes(v128.shuffle<u64>(low12, low34, 1, 3)), 16)
    v128.store(to, swapBytes(v128.shuffle<u64>(high12, high34, 0, 2)), 32)
    v128.store(to, swapBytes(v128.shuffle<u64>(high12, high34, 1, 3)), 48)
  }
}

/** Eight digests in two groups become four messages: digests 0 and 1, 2 and 3, and so on. */
function pairDigests(from: usize): void {
  for (let at: usize = 0; at < GROUP; at += 16) {
    const low = v128.load(from + at)
    const high = v128.load(from + at, GROUP)
    v128.store(MESSAGE + at, v128.shuffle<u32>(low, high, 0, 2, 4, 6))
    v128.store(MESSAGE + at, v128.shuffle<u32>(low, high, 1, 3, 5, 7), 128)
  }
}

/** One group as four digests of 32 bytes. */
function writeDigests(from: usize, to: usize): void {
  for (let digest: usize = 0; digest < 4; digest++)
    for (let word: usize = 0; word < 8; word++)
      store<u32>(to + 32 * digest + 4 * word, bswap(load<u32>(from + 16 * word + 4 * digest)))
}

/** sha2-256 of the four messages in MESSAGE, cut to 254 bits, as a group at `to`. */
function compress(to: usize): void {
  let w0 = v128.load(MESSAGE, 0), w1 = v128.load(MESSAGE, 16), w2 = v128.load(MESSAGE, 32), w3 = v128.load(MESSAGE, 48)
  let w4 = v128.load(MESSAGE, 64), w5 = v128.load(MESSAGE, 80), w6 = v128.load(MESSAGE, 96), w7 = v128.load(MESSAGE, 112)
  let w8 = v128.load(MESSAGE, 128), w9 = v128.load(MESSAGE, 144), w10 = v128.load(MESSAGE, 160), w11 = v128.load(MESSAGE, 176)
  let w12 = v128.load(MESSAGE, 192), w13 = v128.load(MESSAGE, 208), w14 = v128.load(MESSAGE, 224), w15 = v128.load(MESSAGE, 240)
  let a = word(INITIAL, 0), b = word(INITIAL, 1), c = word(INITIAL, 2), d = word(INITIAL, 3)
  let e = word(INITIAL, 4), f = word(INITIAL, 5), g = word(INITIAL, 6), h = word(INITIAL, 7)
  let x = xor(b, c), y = x, t = x

  t = front(e, f, g, h, add(w0, word(K, 0))); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
  t = front(d, e, f, g, add(w1, word(K, 1))); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
  t = front(c, d, e, f, add(w2, word(K, 2))); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
  t = front(b, c, d, e, add(w3, word(K, 3))); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
  t = front(a, b, c, d, add(w4, word(K, 4))); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
  t = front(h, a, b, c, add(w5, word(K, 5))); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
  t = front(g, h, a, b, add(w6, word(K, 6))); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
  t = front(f, g, h, a, add(w7, word(K, 7))); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);
  t = front(e, f, g, h, add(w8, word(K, 8))); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
  t = front(d, e, f, g, add(w9, word(K, 9))); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
  t = front(c, d, e, f, add(w10, word(K, 10))); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
  t = front(b, c, d, e, add(w11, word(K, 11))); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
  t = front(a, b, c, d, add(w12, word(K, 12))); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
  t = front(h, a, b, c, add(w13, word(K, 13))); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
  t = front(g, h, a, b, add(w14, word(K, 14))); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
  t = front(f, g, h, a, add(w15, word(K, 15))); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);

  for (let k = K + 64; k < K + 256; k += 64) {
    w0 = schedule(w0, w1, w9, w14); t = front(e, f, g, h, add(w0, word(k, 0))); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
    w1 = schedule(w1, w2, w10, w15); t = front(d, e, f, g, add(w1, word(k, 1))); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
    w2 = schedule(w2, w3, w11, w0); t = front(c, d, e, f, add(w2, word(k, 2))); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
    w3 = schedule(w3, w4, w12, w1); t = front(b, c, d, e, add(w3, word(k, 3))); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
    w4 = schedule(w4, w5, w13, w2); t = front(a, b, c, d, add(w4, word(k, 4))); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
    w5 = schedule(w5, w6, w14, w3); t = front(h, a, b, c, add(w5, word(k, 5))); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
    w6 = schedule(w6, w7, w15, w4); t = front(g, h, a, b, add(w6, word(k, 6))); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
    w7 = schedule(w7, w8, w0, w5); t = front(f, g, h, a, add(w7, word(k, 7))); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);
    w8 = schedule(w8, w9, w1, w6); t = front(e, f, g, h, add(w8, word(k, 8))); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
    w9 = schedule(w9, w10, w2, w7); t = front(d, e, f, g, add(w9, word(k, 9))); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
    w10 = schedule(w10, w11, w3, w8); t = front(c, d, e, f, add(w10, word(k, 10))); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
    w11 = schedule(w11, w12, w4, w9); t = front(b, c, d, e, add(w11, word(k, 11))); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
    w12 = schedule(w12, w13, w5, w10); t = front(a, b, c, d, add(w12, word(k, 12))); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
    w13 = schedule(w13, w14, w6, w11); t = front(h, a, b, c, add(w13, word(k, 13))); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
    w14 = schedule(w14, w15, w7, w12); t = front(g, h, a, b, add(w14, word(k, 14))); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
    w15 = schedule(w15, w0, w8, w13); t = front(f, g, h, a, add(w15, word(k, 15))); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);
  }

  a = add(a, word(INITIAL, 0)); b = add(b, word(INITIAL, 1)); c = add(c, word(INITIAL, 2)); d = add(d, word(INITIAL, 3))
  e = add(e, word(INITIAL, 4)); f = add(f, word(INITIAL, 5)); g = add(g, word(INITIAL, 6)); h = add(h, word(INITIAL, 7))
  v128.store(to, a, 0); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48)
  v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112)
  x = xor(b, c)

  for (let k = PADDING; k < PADDING + 256; k += 64) {
    t = front(e, f, g, h, word(k, 0)); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
    t = front(d, e, f, g, word(k, 1)); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
    t = front(c, d, e, f, word(k, 2)); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
    t = front(b, c, d, e, word(k, 3)); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
    t = front(a, b, c, d, word(k, 4)); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
    t = front(h, a, b, c, word(k, 5)); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
    t = front(g, h, a, b, word(k, 6)); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
    t = front(f, g, h, a, word(k, 7)); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);
    t = front(e, f, g, h, word(k, 8)); d = add(d, t); y = xor(a, b); h = back(t, a, b, x, y);
    t = front(d, e, f, g, word(k, 9)); c = add(c, t); x = xor(h, a); g = back(t, h, a, y, x);
    t = front(c, d, e, f, word(k, 10)); b = add(b, t); y = xor(g, h); f = back(t, g, h, x, y);
    t = front(b, c, d, e, word(k, 11)); a = add(a, t); x = xor(f, g); e = back(t, f, g, y, x);
    t = front(a, b, c, d, word(k, 12)); h = add(h, t); y = xor(e, f); d = back(t, e, f, x, y);
    t = front(h, a, b, c, word(k, 13)); g = add(g, t); x = xor(d, e); c = back(t, d, e, y, x);
    t = front(g, h, a, b, word(k, 14)); f = add(f, t); y = xor(c, d); b = back(t, c, d, x, y);
    t = front(f, g, h, a, word(k, 15)); e = add(e, t); x = xor(b, c); a = back(t, b, c, y, x);
  }

  v128.store(to, add(a, v128.load(to, 0)), 0); v128.store(to, add(b, v128.load(to, 16)), 16)
  v128.store(to, add(c, v128.load(to, 32)), 32); v128.store(to, add(d, v128.load(to, 48)), 48)
  v128.store(to, add(e, v128.load(to, 64)), 64); v128.store(to, add(f, v128.load(to, 80)), 80)
  v128.store(to, add(g, v128.load(to, 96)), 96)
  v128.store(to, v128.and(add(h, v128.load(to, 112)), i32x4.splat(0xffffff3f)), 112)
}

/** The round's first sum: h + ch(e, f, g) + S1(e) + the schedule's word and constant. */
// @ts-ignore: decorator
@inline
function front(e: v128, f: v128, g: v128, h: v128, scheduled: v128): v128 {
  const right = xor(xor(shr(e, 6), shr(e, 11)), shr(e, 25))
  const left = xor(xor(shl(e, 26), shl(e, 21)), shl(e, 7))
  return add(add(add(h, scheduled), v128.bitselect(f, g, e)), xor(right, left))
}

/** The round's result: the first sum + maj(a, b, c) + S0(a), where `bc` = b ^ c is the round before's `ab`. */
// @ts-ignore: decorator
@inline
function back(sum: v128, a: v128, b: v128, bc: v128, ab: v128): v128 {
  const right = xor(xor(shr(a, 2), shr(a, 13)), shr(a, 22))
  const left = xor(xor(shl(a, 30), shl(a, 19)), shl(a, 10))
  return add(add(sum, xor(b, v128.and(ab, bc))), xor(right, left))
}

/** The schedule's word 16 places on: w0 + s0(w1) + w9 + s1(w14). */
// @ts-ignore: decorator
@inline
function schedule(w0: v128, w1: v128, w9: v128, w14: v128): v128 {
  const s0 = xor(xor(xor(shr(w1, 7), shr(w1, 18)), shr(w1, 3)), xor(shl(w1, 25), shl(w1, 14)))
  const s1 = xor(xor(xor(shr(w14, 17), shr(w14, 19)), shr(w14, 10)), xor(shl(w14, 15), shl(w14, 13)))
  return add(add(w0, w9), add(s0, s1))
}

// @ts-ignore: decorator
@inline
function word(table: usize, index: usize): v128 {
  return v128.load_splat<u32>(table + 4 * index)
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b)
}

// @ts-ignore: decorator
@inline
function shl(a: v128, bits: i32): v128 {
  return i32x4.shl(a, bits)
}

// @ts-ignore: decorator
@inline
function shr(a: v128, bits: i32): v128 {
  return i32x4.shr_u(a, bits)
}

// @ts-ignore: decorator
@inline
function swapBytes(a: v128): v128 {
  return v128.swizzle(a, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
}

/** The padding block of a 64-byte message: a one bit, zeros, and the length of 512 bits. */
function prepare(): void {
  const w = PADDING
  store<u32>(w, 0x80000000)
  store<u32>(w, 512, 60)
  for (let t: usize = 16; t < 64; t++) {
    const w15 = load<u32>(w + 4 * (t - 15))
    const w2 = load<u32>(w + 4 * (t - 2))
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3)
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10)
    store<u32>(w + 4 * t, load<u32>(w + 4 * (t - 16)) + s0 + load<u32>(w + 4 * (t - 7)) + s1)
  }
  for (let t: usize = 0; t < 64; t++) store<u32>(w + 4 * t, load<u32>(w + 4 * t) + load<u32>(K + 4 * t))
}
