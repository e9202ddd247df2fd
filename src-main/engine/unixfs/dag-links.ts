import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { DAG_CBOR_CODEC, DAG_JSON_CODEC, DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import { decodeValue, invalidNode } from './decode-node.ts'

/**
 * Links of a block, in the order in which a depth-first walk follows them. dag-pb is read by hand: a node of a large
 * file has a thousand links, and only their CIDs are wanted.
 */

const CBOR_CODEC = 0x51
const JSON_CODEC = 0x0200
const LENGTH_DELIMITED = 2
const LINKS_FIELD = 2
const HASH_FIELD = 1

/** Whether blocks of a codec can have links. UNSUPPORTED for a codec that is not known. */
export function canHaveLinks(codec: number): boolean {
  if (codec === RAW_CODEC || codec === CBOR_CODEC || codec === JSON_CODEC) return false
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
  if (cid.code === DAG_PB_CODEC) return new DagPbLinks(cid, bytes).links()
  const links: CID[] = []
  const value = decodeValue(cid, bytes)
  try {
    collect(value, links)
  } catch (cause) {
    throw invalidNode(cid, 'its value is nested too deep', cause)
  }
  return links
}

/** Reads the CIDs out of a dag-pb node and passes over everything else. */
class DagPbLinks {
  readonly #cid: CID
  readonly #bytes: Uint8Array
  #at = 0

  constructor(cid: CID, bytes: Uint8Array) {
    this.#cid = cid
    this.#bytes = bytes
  }

  links(): CID[] {
    const links: CID[] = []
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint()
      if ((tag & 7) !== LENGTH_DELIMITED) throw this.#damaged('a field is not of a dag-pb node')
      const end = this.#fieldEnd()
      if (tag >>> 3 === LINKS_FIELD) links.push(this.#hash(end))
      this.#at = end
    }
    return links
  }

  #hash(end: number): CID {
    while (this.#at < end) {
      const tag = this.#varint()
      if ((tag & 7) === 0) {
        this.#varint()
        continue
      }
      const fieldEnd = this.#fieldEnd()
      if (tag >>> 3 === HASH_FIELD) return this.#decodeCid(this.#bytes.slice(this.#at, fieldEnd))
      this.#at = fieldEnd
    }
    throw this.#damaged('a link has no CID')
  }

  #decodeCid(bytes: Uint8Array): CID {
    try {
      return CID.decode(bytes)
    } catch (cause) {
      throw this.#damaged('a link is no CID', cause)
    }
  }

  #fieldEnd(): number {
    const length = this.#varint()
    const end = this.#at + length
    if (end > this.#bytes.length) throw this.#damaged('a field reaches beyond the block')
    return end
  }

  #varint(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw this.#damaged('a number is cut')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw this.#damaged('a number is too large')
  }

  #damaged(why: string, cause?: unknown): EngineError {
    return invalidNode(this.#cid, why, cause)
  }
}

function collect(value: unknown, links: CID[]): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return
  const cid = CID.asCID(value)
  if (cid !== null) links.push(cid)
  else for (const item of value instanceof Map ? value.values() : Object.values(value)) collect(item, links)
}
