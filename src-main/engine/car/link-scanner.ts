/**
 * Finds the CIDs a block links to, as places in its bytes and without decoding the rest. For questions asked of every
 * block of a piece; whoever wants links as objects decodes the block.
 */
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { DAG_CBOR_CODEC, DAG_JSON_CODEC, DAG_PB_CODEC, RAW_CODEC } from './cid-span.ts'
import { scanVarint, varintLength } from './varint.ts'

/** `cid` bytes lie in `bytes` from `start` to `end`. */
export type OnLink = (bytes: Uint8Array, start: number, end: number) => void

/** Whether all links were found; why not otherwise. */
export type LinkScan = 'complete' | 'unknown-codec' | 'undecodable'

const CBOR_CODEC = 0x51
const JSON_CODEC = 0x0200
const LIBP2P_KEY_CODEC = 0x72

export function scanLinks(codec: number, bytes: Uint8Array, onLink: OnLink): LinkScan {
  switch (codec) {
    case RAW_CODEC:
    case CBOR_CODEC:
    case JSON_CODEC:
    case LIBP2P_KEY_CODEC:
      return 'complete'
    case DAG_PB_CODEC:
      return scanDagPb(bytes, onLink) ? 'complete' : 'undecodable'
    case DAG_CBOR_CODEC:
      return scanDagCbor(bytes, onLink) ? 'complete' : 'undecodable'
    case DAG_JSON_CODEC:
      return scanDagJson(bytes, onLink) ? 'complete' : 'undecodable'
    default:
      return 'unknown-codec'
  }
}

const LENGTH_DELIMITED = 2
const LINKS_TAG = (2 << 3) | LENGTH_DELIMITED
const HASH_TAG = (1 << 3) | LENGTH_DELIMITED

/** PBNode: field 2 is a link, whose field 1 is the CID; field 1 is data. */
function scanDagPb(bytes: Uint8Array, onLink: OnLink): boolean {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number
    if ((tag & 7) !== LENGTH_DELIMITED || tag >= 0x80) return false
    const length = scanVarint(bytes, at + 1, bytes.length)
    const start = at + 1 + varintLength(length)
    if (length < 0 || start + length > bytes.length) return false
    if (tag === LINKS_TAG && !scanDagPbLink(bytes, start, start + length, onLink)) return false
    at = start + length
  }
  return true
}

function scanDagPbLink(bytes: Uint8Array, from: number, end: number, onLink: OnLink): boolean {
  for (let at = from; at < end; ) {
    const tag = bytes[at] as number
    const value = scanVarint(bytes, at + 1, end)
    if (value < 0 || tag >= 0x80) return false
    at += 1 + varintLength(value)
    if ((tag & 7) === 0) continue
    if ((tag & 7) !== LENGTH_DELIMITED || at + value > end) return false
    if (tag === HASH_TAG) {
      onLink(bytes, at, at + value)
      return true
    }
    at += value
  }
  return false
}

const CID_TAG = 42

/** Steps over every item of a DAG-CBOR value; a link is a byte string under tag 42. */
function scanDagCbor(bytes: Uint8Array, onLink: OnLink): boolean {
  let at = 0
  let isLink = false
  /** Items still to come: each container adds its own, so no stack is needed. */
  for (let left = 1; left > 0; left--) {
    const first = bytes[at]
    if (first === undefined) return false
    const type = first >> 5
    const info = first & 31
    if (info > 27) return false
    const argumentLength = info < 24 ? 0 : 1 << (info - 24)
    let value = info
    if (argumentLength > 0) {
      if (at + argumentLength >= bytes.length) return false
      value = 0
      for (let i = 1; i <= argumentLength; i++) value = value * 256 + (bytes[at + i] as number)
    }
    at += 1 + argumentLength
    if (isLink && type !== 2) return false
    switch (type) {
      case 2:
      case 3:
        if (at + value > bytes.length) return false
        if (isLink) {
          if (bytes[at] !== 0) return false
          onLink(bytes, at + 1, at + value)
        }
        at += value
        break
      case 4:
        left += value
        break
      case 5:
        left += value * 2
        break
      case 6:
        if (value !== CID_TAG) return false
        left++
        break
    }
    isLink = type === 6
    if (left > bytes.length - at + 1) return false // more items than bytes
  }
  return at === bytes.length
}

function scanDagJson(bytes: Uint8Array, onLink: OnLink): boolean {
  let value: unknown
  try {
    value = dagJson.decode(bytes)
  } catch {
    return false
  }
  const left: unknown[] = [value]
  while (left.length > 0) {
    const item = left.pop()
    if (item === null || typeof item !== 'object' || item instanceof Uint8Array) continue
    const cid = CID.asCID(item)
    if (cid !== null) onLink(cid.bytes, 0, cid.bytes.length)
    else for (const inner of Object.values(item)) left.push(inner)
  }
  return true
}
