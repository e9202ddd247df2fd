import { CID } from 'multiformats/cid'
import { DAG_PB_CODEC } from '../car/index.ts'
import { canHaveLinks } from './dag-links.ts'
import { decodeDagPb, decodeValue, invalidNode } from './decode-node.ts'

/** A link of a block, and where it is in the block. */
export interface DataLink {
  /** As a path of IPLD's data model: `Links/0/Hash`, `rows/7/cid`. It is what `resolvePath` takes with `dataModel`. */
  path: string
  cid: CID
  /** Bytes of the DAG below, where the format tells. */
  sizeBytes: number | null
}

/** The links of a block of any codec, in stored order. Errors as of `linksOf`. */
export function dataLinks(cid: CID, bytes: Uint8Array): DataLink[] {
  if (!canHaveLinks(cid.code)) return []
  if (cid.code === DAG_PB_CODEC)
    return decodeDagPb(cid, bytes).Links.map(({ Hash, Tsize }, at) => ({
      path: `Links/${at}/Hash`,
      cid: Hash,
      sizeBytes: Tsize ?? null,
    }))
  const links: DataLink[] = []
  const value = decodeValue(cid, bytes)
  try {
    collect(value, [], links)
  } catch (cause) {
    throw invalidNode(cid, 'its value is nested too deep', cause)
  }
  return links
}

function collect(value: unknown, path: string[], links: DataLink[]): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return
  const cid = CID.asCID(value)
  if (cid !== null) {
    links.push({ path: path.join('/'), cid, sizeBytes: null })
    return
  }
  const entries = value instanceof Map ? value.entries() : Object.entries(value)
  for (const [key, item] of entries) collect(item, [...path, String(key)], links)
}
