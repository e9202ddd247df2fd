/** Blocks as values that can be written as DAG-JSON, edited, and encoded again. */

import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError } from '../base/index.ts'
import { blockCodecName, computeDigest, isIdentity, RAW_CODEC } from '../car/index.ts'

interface Codec {
  decode(bytes: Uint8Array): unknown
  encode(value: unknown): Uint8Array
}

const CODECS = new Map<number, Codec>([
  [RAW_CODEC, { decode: (bytes) => bytes, encode: rawBytes }],
  [dagPb.code, { decode: dagPb.decode, encode: (value) => dagPb.encode(value as dagPb.PBNode) }],
  [dagCbor.code, { decode: (bytes) => dagCbor.decode(bytes), encode: (value) => dagCbor.encode(value) }],
  [dagJson.code, { decode: (bytes) => dagJson.decode(bytes), encode: (value) => dagJson.encode(value) }],
])

/** UNSUPPORTED for a codec that is not known; bytes that are not of their codec throw what the codec throws. */
export function decodeBlock(codec: number, bytes: Uint8Array): unknown {
  return codecOf(codec).decode(bytes)
}

export function encodeBlock(codec: number, value: unknown): Uint8Array {
  return codecOf(codec).encode(value)
}

/** The CID that bytes have, of the same version, codec and hash as another. */
export async function sameKindOfCid(like: CID, bytes: Uint8Array): Promise<CID> {
  const { code, size } = like.multihash
  const digest = isIdentity(like) ? bytes : (await computeDigest(code, bytes)).subarray(0, size)
  return CID.create(like.version, like.code, createDigest(code, digest))
}

/** The links in a value, in no order that matters. */
export function linksInValue(value: unknown, links: CID[] = []): CID[] {
  mapLinks(value, (cid) => {
    links.push(cid)
    return cid
  })
  return links
}

/** The same value with other links. */
export function mapLinks(value: unknown, map: (cid: CID) => CID): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const cid = CID.asCID(value)
  if (cid !== null) return map(cid)
  if (Array.isArray(value)) return value.map((item) => mapLinks(item, map))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLinks(item, map)]))
}

function codecOf(code: number): Codec {
  const codec = CODECS.get(code)
  if (codec !== undefined) return codec
  throw new EngineError('UNSUPPORTED', `Blocks of codec ${blockCodecName(code)} cannot be written as text.`, {
    details: { codec: code },
  })
}

function rawBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new EngineError('INVALID_ARGUMENT', 'A raw block is bytes: text, or {"/": {"bytes": …}}.')
}
