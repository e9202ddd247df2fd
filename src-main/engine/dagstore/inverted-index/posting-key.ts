import { randomBytes } from 'node:crypto'
import { type IndexRecords, readMultihash } from '../../car/index.ts'

/**
 * A posting is four words: a key of 96 bits, which stands for the multihash, and the number of a shard. The key is a
 * keyed hash of hash function, length and digest: HalfSipHash-1-3 (Aumasson, Bernstein), squeezed once more than its 64
 * bits. Its secret is the index's own, so whoever makes up multihashes can neither crowd one place of a table nor make
 * two multihashes share a key; by chance two of 50 million do so once in 60 trillion indexes.
 *
 * An index of codec car-index-sorted does not know hash functions; the keys of its postings stand for the digest alone.
 */
export const POSTING_WORDS = 4
export const POSTING_BYTES = 4 * POSTING_WORDS
const KEY_WORDS = 3

/** Two words that nobody else knows. */
export type PostingSecret = readonly [number, number]

export function newPostingSecret(): PostingSecret {
  const bytes = randomBytes(8)
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)]
}

/** Hash function, its upper half, and length. */
const HEAD_WORDS = 3
/** In place of a hash function that is not known; larger than any multihash code. */
const UNKNOWN = 0xffffffff
const FINAL_ROUNDS = 3

/** Writes the postings of `count` records, from the record `first` on, into `into` from its word `at` on. */
export function writePostings(
  records: IndexRecords,
  range: { first: number; count: number },
  shardNumber: number,
  secret: PostingSecret,
  into: Uint32Array,
  at: number,
): void {
  const { bytes, digestLength, hashCode } = records
  const message = messageFor(hashCode, digestLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const width = digestLength + 8
  for (let i = 0, word = at; i < range.count; i++, word += POSTING_WORDS) {
    setDigest(message, view, (range.first + i) * width, digestLength)
    hash(message, secret, into, word)
    into[word + KEY_WORDS] = shardNumber
  }
}

/** The key of a multihash; with `digestOnly` that of its digest alone. */
export function postingKey(multihash: Uint8Array, secret: PostingSecret, digestOnly = false): Uint32Array {
  const { code, digest } = readMultihash(multihash)
  const message = messageFor(digestOnly ? null : code, digest.length)
  setDigest(message, new DataView(digest.buffer, digest.byteOffset, digest.byteLength), 0, digest.length)
  const key = new Uint32Array(KEY_WORDS)
  hash(message, secret, key, 0)
  return key
}

function messageFor(hashCode: number | null, digestLength: number): Uint32Array {
  const message = new Uint32Array(HEAD_WORDS + Math.ceil(digestLength / 4))
  message[0] = hashCode ?? UNKNOWN
  message[1] = hashCode === null ? UNKNOWN : Math.floor(hashCode / 0x100000000)
  message[2] = digestLength
  return message
}

function setDigest(message: Uint32Array, view: DataView, from: number, length: number): void {
  let word = HEAD_WORDS
  let at = from
  for (const end = from + length - 3; at < end; at += 4) message[word++] = view.getUint32(at, true)
  if (at === from + length) return
  let rest = 0
  for (let shift = 0; at < from + length; shift += 8) rest |= view.getUint8(at++) << shift
  message[word] = rest
}

/** Writes three words. Behind the message come rounds without one, of which every third gives a word. */
function hash(message: Uint32Array, secret: PostingSecret, into: Uint32Array, at: number): void {
  let v0 = secret[0] | 0
  let v1 = (secret[1] ^ 0xee) | 0
  let v2 = secret[0] ^ 0x6c796765
  let v3 = secret[1] ^ 0x74656462
  const { length } = message
  const rounds = length + KEY_WORDS * FINAL_ROUNDS
  let out = at
  let tap = length + FINAL_ROUNDS - 1
  for (let round = 0; round < rounds; round++) {
    const word = round < length ? (message[round] as number) : 0
    if (round === length) v2 ^= 0xee
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
    if (round === tap) {
      into[out++] = v1 ^ v3
      v1 ^= 0xdd
      tap += FINAL_ROUNDS
    }
  }
}
