/** What a pasted text can mean: a CID in any base, a multihash, a bare digest, alone or inside an address or a sentence. */
import { bases } from 'multiformats/basics'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { parseCid } from '../../base/index.ts'
import { blockCodecName } from '../../car/index.ts'
import { isPieceCid, pieceCidFromDigest } from '../../commp/index.ts'

/** One meaning of a text. */
export interface Reading {
  cid: CID
  /** What it was taken for: `CIDv1, dag-pb, sha2-256`. */
  as: string
}

const RAW = 0x55
const IDENTITY = 0x00
const SHA2_256 = 0x12
const BLAKE2B_256 = 0xb220
/** A text with more is no CID that somebody copied. */
const MOST_READINGS = 8
/** Shorter words are names, not CIDs. */
const MIN_LENGTH = 10

const HASH_NAMES = new Map([
  [IDENTITY, 'identity'],
  [0x11, 'sha1'],
  [SHA2_256, 'sha2-256'],
  [0x13, 'sha2-512'],
  [0x16, 'sha3-256'],
  [0x1b, 'keccak-256'],
  [0x1e, 'blake3'],
  [0x1011, 'fr32-sha256-trunc254-padbintree'],
  [0x1012, 'sha2-256-trunc254-padded'],
  [BLAKE2B_256, 'blake2b-256'],
])

/** Every meaning of a text as a CID; of a sentence or an address, those of the CIDs in it. Empty when there is none. */
export function readText(text: string): Reading[] {
  const whole = readWord(text.trim())
  if (whole.length > 0) return whole
  const found = new Map<string, Reading>()
  for (const word of text.split(/[\s/?#=&:.,;"'`<>()[\]{}]+/))
    for (const reading of readWord(word)) if (found.size < MOST_READINGS) found.set(reading.cid.toString(), reading)
  return [...found.values()]
}

function readWord(word: string): Reading[] {
  if (word.length < MIN_LENGTH) return []
  const cid = asCid(word)
  if (cid !== null) return [{ cid, as: cidWords(cid) }]
  const digest = asMultihash(word)
  if (digest !== null)
    return [{ cid: CID.createV1(RAW, digest), as: `Multihash, ${hashName(digest.code)}: a block of any codec` }]
  return asBareDigest(word)
}

function asCid(word: string): CID | null {
  const plain = attempt(() => parseCid(word))
  if (plain !== null) return plain
  for (const bytes of decodings(word)) {
    const cid = attempt(() => CID.decode(bytes))
    // One of version 0 has no such form: its bytes are those of a multihash.
    if (cid?.version === 1) return cid
  }
  return null
}

function asMultihash(word: string): CID['multihash'] | null {
  for (const bytes of decodings(word)) {
    const digest = attempt(() => Digest.decode(bytes))
    if (digest !== null && HASH_NAMES.has(digest.code) && digest.digest.length >= 4) return digest
  }
  return null
}

/** 32 bytes of hex may be any of these: `carport dagstore index-list` prints such of indexes that name no hash function. */
function asBareDigest(word: string): Reading[] {
  const hex = word.replace(/^0x/i, '')
  if (!/^[0-9a-f]{64}$/i.test(hex)) return []
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  const as = 'Digest in hex: of a block, sha2-256 or blake2b-256, or the commitment of a piece'
  const blocks = [SHA2_256, BLAKE2B_256].map((code) => CID.createV1(RAW, Digest.create(code, bytes)))
  return [...blocks, pieceCidFromDigest(bytes)].map((cid) => ({ cid, as }))
}

/** The bytes a word stands for: in the base that its first character names, as bare hex, as bare base58. */
function* decodings(word: string): Generator<Uint8Array> {
  const hex = word.replace(/^0x/i, '')
  if (hex.length % 2 === 0 && /^[0-9a-f]+$/i.test(hex)) yield Uint8Array.from(Buffer.from(hex, 'hex'))
  for (const base of Object.values(bases)) {
    if (base.name === 'identity' || !word.startsWith(base.prefix)) continue
    const bytes = attempt(() => base.baseDecode(word.slice(base.prefix.length)))
    if (bytes !== null) yield bytes
  }
  const base58 = attempt(() => bases.base58btc.baseDecode(word))
  if (base58 !== null) yield base58
}

function cidWords(cid: CID): string {
  if (isPieceCid(cid)) return cid.code === RAW ? 'Piece CID v2' : 'Piece CID v1'
  const { code, digest } = cid.multihash
  if (code === IDENTITY)
    return `CIDv1, ${blockCodecName(cid.code)}, identity: it holds its ${digest.length} bytes itself`
  return `CIDv${cid.version}, ${blockCodecName(cid.code)}, ${hashName(code)}`
}

function hashName(code: number): string {
  return HASH_NAMES.get(code) ?? `hash function 0x${code.toString(16)}`
}

function attempt<Value>(work: () => Value): Value | null {
  try {
    return work()
  } catch {
    return null
  }
}
