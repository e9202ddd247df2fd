import * as dagPb from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { DAG_PB_CODEC, isIdentity, RAW_CODEC, sectionSize } from '../car/index.ts'

/**
 * About how many bytes the CAR of a DAG will have, from its root alone: the sizes that dag-pb links state, which count
 * repeated blocks each time. null for other codecs, which state nothing.
 */
export function dagSizeHint(root: CID, bytes: Uint8Array): number | null {
  if (root.code === RAW_CODEC || isIdentity(root)) return sectionSize(root.bytes.length, bytes.length)
  if (root.code !== DAG_PB_CODEC) return null
  try {
    const { Links } = dagPb.decode(bytes)
    return Links.reduce((sum, link) => sum + (link.Tsize ?? 0), bytes.length)
  } catch {
    return null
  }
}
