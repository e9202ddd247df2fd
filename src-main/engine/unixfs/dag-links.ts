import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { DAG_CBOR_CODEC, DAG_JSON_CODEC, DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'

/**
 * Links of a block, in the order in which a depth-first walk follows them. dag-pb is read by hand: a node of a large
 * file has a thousand links, and only their CIDs are wanted.
 */

const CBOR = 0x51
const JSON_CODEC = 0x0200
const LENGTH_DELIMITED = 2
const LINKS_FIELD = 2
const HASH_FIELD = 1

/** Whether blocks of a codec can have links. UNSUPPORTED for a codec that is not known. */
export function canHaveLinks(codec: number): boolean {
  if (codec === RAW_CODEC || codec === CBOR || codec === JSON_CODEC) return false
  if (codec === DAG_PB_CODEC || codec === DAG_CBOR_CODEC || codec === DAG_JSON_CODEC) return true
  throw new EngineError(
    'UNSUPPORTED',
    `Blocks of codec 0x${codec.toString(16)} cannot be followed: Carport does not know it.`,
    {
      details: { codec },
    },
  )
}

/** UNIXFS_INVALID when the bytes are not of the CID's codec, UNSUPPORTED for a codec that is not known. */
export function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  if (!canHaveLinks(cid.code)) return []
  try {
    if (cid.code === DAG_PB_CODEC) return dagPbLinks(bytes)
    const links: CID[] = []
    collect(cid.code === DAG_CBOR_CODEC ? dagCbor.decode(bytes) : dagJson.decode(bytes), links)
    return links
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('UNIXFS_INVALID', `Block ${cid} cannot be read as what its CID says it is: ${why}.`, {
      cause,
      details: { cid: cid.toString() },
    })
  }
}

function dagPbLinks(bytes: Uint8Array): CID[] {
  const links: CID[] = []
  const at = { value: 0 }
  while (at.value < bytes.length) {
    const tag = varint(bytes, at)
    if ((tag & 7) !== LENGTH_DELIMITED) throw new RangeError('a field is not of a dag-pb node')
    const end = fieldEnd(bytes, at)
    if (tag >>> 3 === LINKS_FIELD) links.push(hashOf(bytes, at.value, end))
    at.value = end
  }
  return links
}

function hashOf(bytes: Uint8Array, start: number, end: number): CID {
  const at = { value: start }
  while (at.value < end) {
    const tag = varint(bytes, at)
    if ((tag & 7) === 0) {
      varint(bytes, at)
      continue
    }
    const fieldStop = fieldEnd(bytes, at)
    if (tag >>> 3 === HASH_FIELD) return CID.decode(bytes.slice(at.value, fieldStop))
    at.value = fieldStop
  }
  throw new RangeError('a link has no CID')
}

function fieldEnd(bytes: Uint8Array, at: { value: number }): number {
  const length = varint(bytes, at)
  const end = at.value + length
  if (end > bytes.length) throw new RangeError('a field reaches beyond the block')
  return end
}

function varint(bytes: Uint8Array, at: { value: number }): number {
  let value = 0
  for (let factor = 1; factor < 2 ** 56; factor *= 128) {
    const byte = bytes[at.value++]
    if (byte === undefined) throw new RangeError('a number is cut')
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value
  }
  throw new RangeError('a number is too large')
}

function collect(value: unknown, links: CID[]): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return
  const cid = CID.asCID(value)
  if (cid !== null) links.push(cid)
  else for (const item of Array.isArray(value) ? value : Object.values(value)) collect(item, links)
}
