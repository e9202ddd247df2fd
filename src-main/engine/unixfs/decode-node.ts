import { decodeOptions as dagCborOptions } from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import * as dagPb from '@ipld/dag-pb'
import { decode as decodeCbor } from 'cborg'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { DAG_CBOR_CODEC, DAG_JSON_CODEC } from '../car/index.ts'

/** Maps, since an object would move keys that look like numbers to the front: the order of links is that of the bytes. */
const DAG_CBOR_OPTIONS = { ...dagCborOptions, useMaps: true }

export function decodeDagPb(cid: CID, bytes: Uint8Array): dagPb.PBNode {
  return decoding(cid, () => dagPb.decode(bytes))
}

/** The value of a dag-cbor (maps as Map) or dag-json block. UNSUPPORTED for other codecs. */
export function decodeValue(cid: CID, bytes: Uint8Array): unknown {
  if (cid.code === DAG_CBOR_CODEC) return decoding(cid, () => decodeCbor(bytes, DAG_CBOR_OPTIONS))
  if (cid.code === DAG_JSON_CODEC) return decoding(cid, () => dagJson.decode(bytes))
  throw new EngineError(
    'UNSUPPORTED',
    `Block ${cid} is encoded with codec 0x${cid.code.toString(16)}, which this program cannot read links from.`,
    { details: { cid: cid.toString(), codec: cid.code } },
  )
}

/** The value under a key of a map, or at an index of a list; undefined where there is none. */
export function childValue(value: unknown, key: string): unknown {
  if (value instanceof Map) return value.get(key)
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

export function invalidNode(cid: CID, why: string, cause?: unknown): EngineError {
  return new EngineError('UNIXFS_INVALID', `Block ${cid} cannot be used: ${why}.`, {
    cause,
    details: { cid: cid.toString() },
  })
}

function decoding<Value>(cid: CID, decode: () => Value): Value {
  try {
    return decode()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw invalidNode(cid, `its bytes are not what its codec 0x${cid.code.toString(16)} asks for (${why})`, cause)
  }
}
